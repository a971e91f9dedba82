/**
 * A WebSocket client that reconnects and resumes its session without losing or repeating a message.
 * Relies on {@code jsonrpc}. Does not depend on the packages of the server.
 */
@NullMarked
package io.springline.client;

import org.jspecify.annotations.NullMarked;
