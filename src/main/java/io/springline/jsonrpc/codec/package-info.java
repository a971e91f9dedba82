/**
 * Reads and writes JSON-RPC messages as JSON and CBOR. Relies on {@code jsonrpc} and Jackson. Never
 * keeps a message.
 */
@NullMarked
package io.springline.jsonrpc.codec;

import org.jspecify.annotations.NullMarked;
