/** Meters. Relies on the packages whose state they report. */
@NullMarked
package io.springline.ops.metrics;

import org.jspecify.annotations.NullMarked;
