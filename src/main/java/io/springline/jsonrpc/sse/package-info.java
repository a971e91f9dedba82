/** Reads the server-sent events of Streamable HTTP, and resumes their streams. */
@NullMarked
package io.springline.jsonrpc.sse;

import org.jspecify.annotations.NullMarked;
