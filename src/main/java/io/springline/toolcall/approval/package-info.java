/**
 * Approval of tool calls by a person or by another service. Uses {@code feature} and {@code audit}.
 * Does not know methods, transports or Redis.
 */
@NullMarked
package io.springline.toolcall.approval;

import org.jspecify.annotations.NullMarked;
