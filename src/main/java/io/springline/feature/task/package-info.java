/**
 * Tasks: calls that outlive their request. Their states, where they are stored, and their limits.
 * Relies on {@code session}. Never runs a handler, and never knows the shape of a message.
 */
@NullMarked
package io.springline.feature.task;

import org.jspecify.annotations.NullMarked;
