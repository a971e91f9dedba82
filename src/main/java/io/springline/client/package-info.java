/**
 * The client that a cut connection does not bother: a Java client, a transport for the MCP Java
 * SDK, and the bridge for hosts that start stdio servers. Relies on {@code jsonrpc}, the JDK's
 * WebSocket, and for their own classes on the SDK and picocli. Never looks into a message further
 * than resuming it needs.
 */
@ApplicationModule(allowedDependencies = "jsonrpc")
@NullMarked
package io.springline.client;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
