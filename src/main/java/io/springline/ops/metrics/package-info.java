/** Meters. Relies on what they count. Never changes it. */
@NullMarked
package io.springline.ops.metrics;

import org.jspecify.annotations.NullMarked;
