/**
 * The console: pages, their data, and the history of the meters. Relies on {@code ops.actuator} and
 * {@code ops.metrics}. Never shows a credential.
 */
@NullMarked
package io.springline.ops.console;

import org.jspecify.annotations.NullMarked;
