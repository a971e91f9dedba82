/**
 * Closes connections in order: at shutdown, at an operator's request, and at their maximum age.
 * Uses {@code transport.websocket}. Does not end a request that can still be answered in time.
 */
@NullMarked
package io.springline.transport.drain;

import org.jspecify.annotations.NullMarked;
