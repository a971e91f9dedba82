/**
 * MCP servers of this machine that an agent attaches to a hub: a child process, or a URL. Relies on
 * {@code jsonrpc}. Never connects to the hub.
 */
@NullMarked
package io.springline.client.local;

import org.jspecify.annotations.NullMarked;
