/**
 * Health indicators and Actuator endpoints. Relies on the packages whose state they report. Does
 * not authenticate.
 */
@NullMarked
package io.springline.ops.actuator;

import org.jspecify.annotations.NullMarked;
