/**
 * The start page, the start summary, and tools for operators. Relies on all other packages. No
 * other package relies on it.
 */
@NullMarked
package io.springline.ops;

import org.jspecify.annotations.NullMarked;
