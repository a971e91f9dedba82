/**
 * The tasks of all nodes in Redis. Relies on {@code cluster.redis}. Never decides what a task may
 * become.
 */
@NullMarked
package io.springline.cluster.task;

import org.jspecify.annotations.NullMarked;
