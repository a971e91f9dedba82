package io.springline.transport.http;

import io.springline.dispatch.McpDispatcher;

/**
 * What is served at one path.
 *
 * @param name see {@link io.springline.session.McpSession#endpoint}
 */
record Endpoint(String name, McpDispatcher dispatcher) {}
