/**
 * Limits of tool calls: calls per time, and calls at a time. Uses {@code feature}. Does not know
 * methods, transports or Redis.
 */
@NullMarked
package io.springline.toolcall.limit;

import org.jspecify.annotations.NullMarked;
