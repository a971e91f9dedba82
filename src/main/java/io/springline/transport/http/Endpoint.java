package io.springline.transport.http;

import io.springline.dispatch.McpDispatcher;

/**
 * The dispatcher and the name of one endpoint.
 *
 * @param name see {@link io.springline.session.McpSession#endpoint}
 */
record Endpoint(String name, McpDispatcher dispatcher) {}
