/**
 * The console: its page, its API, and the history of the meters. Relies on {@code ops.actuator} and
 * {@code ops.metrics}. Contains no credentials.
 */
@NullMarked
package io.springline.ops.console;

import org.jspecify.annotations.NullMarked;
