/** Health indicators and Actuator endpoints. Relies on what they show. Never waits for it. */
@NullMarked
package io.springline.ops.actuator;

import org.jspecify.annotations.NullMarked;
