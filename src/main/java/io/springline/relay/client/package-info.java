/**
 * One MCP connection to an upstream: handshake, requests, server requests. Relies on {@code
 * jsonrpc} and {@code mcp}; defines the {@link io.springline.relay.client.UpstreamTransport} port.
 * Contains no code for processes or HTTP.
 */
@NullMarked
package io.springline.relay.client;

import org.jspecify.annotations.NullMarked;
