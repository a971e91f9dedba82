/**
 * Calls that continue as tasks, the methods of the tasks extension, and its notifications. Relies
 * on {@code feature.task} and {@code dispatch.call}. Never stores a task.
 */
@NullMarked
package io.springline.dispatch.task;

import org.jspecify.annotations.NullMarked;
