/**
 * The root page, the start-up summary and the built-in tools. Relies on all other packages; no
 * other package relies on it.
 */
@NullMarked
package io.springline.ops;

import org.jspecify.annotations.NullMarked;
