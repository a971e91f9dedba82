/**
 * Streamable HTTP at the paths that also take WebSockets: sessions of the legacy revisions, single
 * requests of the modern one, and their event streams. Relies on {@code dispatch} for every answer
 * and on the checks of the WebSocket handshake. Never decides what a message means.
 */
@NullMarked
package io.springline.transport.http;

import org.jspecify.annotations.NullMarked;
