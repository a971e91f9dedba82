/**
 * Tools, resources, prompts and completions: the API for their authors. Relies on {@code session}.
 * Never knows the transport or the revision of a client.
 */
@NullMarked
package io.springline.feature;

import org.jspecify.annotations.NullMarked;
