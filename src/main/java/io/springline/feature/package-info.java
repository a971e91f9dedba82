/**
 * Tools, resources, prompts and completions: the API for their authors. Uses {@code session}. Does
 * not know the transport or the client's revision.
 */
@NullMarked
package io.springline.feature;

import org.jspecify.annotations.NullMarked;
