/**
 * What one endpoint offers: its tools, resources, prompts and completions, with their lists, pages
 * and look-up. Relies on {@code feature} and {@code feature.schema}. Never knows the transport or
 * the revision of a client.
 */
@NullMarked
package io.springline.feature.endpoint;

import org.jspecify.annotations.NullMarked;
