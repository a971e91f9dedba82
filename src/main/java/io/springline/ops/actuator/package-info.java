/** Health indicators and Actuator endpoints. Relies on the packages whose state they report. */
@NullMarked
package io.springline.ops.actuator;

import org.jspecify.annotations.NullMarked;
