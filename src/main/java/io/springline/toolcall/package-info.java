/**
 * What happens around every tool call: limits, filters and approval. Uses {@code feature}. Does not
 * know methods, transports or the revision of a client.
 */
@NullMarked
package io.springline.toolcall;

import org.jspecify.annotations.NullMarked;
