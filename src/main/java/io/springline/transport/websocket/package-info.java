/**
 * The WebSocket endpoint: handler, connections, outbound queues, keep-alive. Uses {@code dispatch}
 * for every answer. Does not know what a message means.
 */
@NullMarked
package io.springline.transport.websocket;

import org.jspecify.annotations.NullMarked;
