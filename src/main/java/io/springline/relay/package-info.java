/**
 * All upstream MCP servers: creates, reloads and ends them, and registers their features at each
 * endpoint. Relies on {@code relay.upstream} and {@code relay.endpoint}. Never reads a message.
 */
@NullMarked
package io.springline.relay;

import org.jspecify.annotations.NullMarked;
