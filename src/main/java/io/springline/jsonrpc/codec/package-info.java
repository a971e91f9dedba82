/**
 * Encodes and decodes JSON-RPC messages as JSON and CBOR. Uses {@code jsonrpc} and Jackson. Keeps
 * no message.
 */
@NullMarked
package io.springline.jsonrpc.codec;

import org.jspecify.annotations.NullMarked;
