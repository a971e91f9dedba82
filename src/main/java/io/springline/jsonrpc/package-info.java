/**
 * JSON-RPC 2.0 messages, request ids and errors. Uses only Jackson. Does not know what a method
 * means.
 */
@NullMarked
package io.springline.jsonrpc;

import org.jspecify.annotations.NullMarked;
