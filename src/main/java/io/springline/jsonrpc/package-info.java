/**
 * JSON-RPC 2.0 messages, request ids and errors. Relies on Jackson alone. Never decides what a
 * method means.
 */
@NullMarked
package io.springline.jsonrpc;

import org.jspecify.annotations.NullMarked;
