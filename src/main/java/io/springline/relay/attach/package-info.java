/**
 * Owns the endpoint at which MCP servers attach: they open a WebSocket to this service, and become
 * upstreams. Relies on {@code relay} for everything that upstreams have in common, and on {@code
 * transport.websocket} for the connection. Never accepts the credential of a client.
 */
@NullMarked
package io.springline.relay.attach;

import org.jspecify.annotations.NullMarked;
