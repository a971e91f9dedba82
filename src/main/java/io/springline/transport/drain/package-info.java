/**
 * Ends connections in an orderly way: at shutdown, at an operator's request, and at their maximum
 * age. Relies on {@code transport.websocket}. Never ends a request that can still be answered in
 * time.
 */
@NullMarked
package io.springline.transport.drain;

import org.jspecify.annotations.NullMarked;
