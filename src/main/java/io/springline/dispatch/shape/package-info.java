/**
 * The shape of results in each revision of the protocol. Relies on {@code mcp}, {@code jsonrpc} and
 * {@code feature}. Never computes a result.
 */
@NullMarked
package io.springline.dispatch.shape;

import org.jspecify.annotations.NullMarked;
