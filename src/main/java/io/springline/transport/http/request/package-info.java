/**
 * What arrives with an HTTP request: its body, read with limits, and the headers that repeat parts
 * of it. Relies on {@code jsonrpc} and {@code mcp}. Never serves a request.
 */
@NullMarked
package io.springline.transport.http.request;

import org.jspecify.annotations.NullMarked;
