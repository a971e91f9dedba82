/**
 * The client that a cut connection does not bother: a Java client, a transport for the MCP Java
 * SDK, and the bridge for hosts that start stdio servers. Relies on {@code jsonrpc}, Jetty's
 * WebSocket client, and for its own class on the SDK. Never looks into a message further than
 * resuming it needs.
 */
@ApplicationModule(allowedDependencies = "jsonrpc")
@NullMarked
package io.springline.client;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
