/** The audit log. Relies on {@code config} only. Writes no credentials. */
@NullMarked
package io.springline.audit;

import org.jspecify.annotations.NullMarked;
