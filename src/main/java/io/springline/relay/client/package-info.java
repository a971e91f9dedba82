/**
 * One MCP connection to an upstream: handshake, requests, answers, questions. Relies on {@code
 * jsonrpc} and {@code mcp}; owns the {@link io.springline.relay.client.UpstreamTransport} port.
 * Never knows processes or HTTP.
 */
@NullMarked
package io.springline.relay.client;

import org.jspecify.annotations.NullMarked;
