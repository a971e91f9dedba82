/**
 * The WebSocket endpoint: handler, connections, outbound queues, keep-alive. Relies on {@code
 * dispatch} for every answer. Never decides what a message means.
 */
@NullMarked
package io.springline.transport.websocket;

import org.jspecify.annotations.NullMarked;
