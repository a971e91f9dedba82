/**
 * Streamable HTTP at the paths of the WebSocket endpoints: sessions of legacy revisions, and single
 * requests of the modern one. Uses {@code dispatch} for every answer, and the checks of the
 * WebSocket handshake. Does not know what a message means.
 */
@NullMarked
package io.springline.transport.http;

import org.jspecify.annotations.NullMarked;
