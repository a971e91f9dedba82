/** Meters. Relies on the packages whose state they report. Does not change it. */
@NullMarked
package io.springline.ops.metrics;

import org.jspecify.annotations.NullMarked;
