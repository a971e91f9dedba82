package io.springline.transport.http;

import io.springline.dispatch.McpDispatcher;
import io.springline.session.limit.EndpointConnections;

/**
 * One endpoint.
 *
 * @param name see {@link io.springline.session.McpSession#endpoint}
 * @param connections counts its sessions
 */
record Endpoint(String name, McpDispatcher dispatcher, EndpointConnections connections) {}
