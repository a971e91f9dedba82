/**
 * The part of the WebSocket endpoint that uses Jetty's API: upgrade, frames, compression, TLS
 * reload. Does not know JSON-RPC.
 */
@NullMarked
package io.springline.transport.websocket.jetty;

import org.jspecify.annotations.NullMarked;
