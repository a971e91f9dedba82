/**
 * A client that resumes: reconnects, and loses and repeats no message. Relies on {@code jsonrpc}
 * and {@code mcp}. Never depends on the server's packages.
 */
@NullMarked
package io.springline.client;

import org.jspecify.annotations.NullMarked;
