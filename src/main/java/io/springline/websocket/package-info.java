/**
 * Frames, handshake, heartbeat, limits and the graceful end: the only room that knows what carries
 * the messages. Relies on {@code dispatch}, {@code auth}, {@code session} and {@code jsonrpc}, and
 * tells {@code audit}. Never looks into a message.
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session", "dispatch", "auth", "audit"})
@NullMarked
package io.springline.websocket;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
