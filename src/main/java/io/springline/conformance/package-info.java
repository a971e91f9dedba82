/**
 * Features for the official conformance suite, off by default. Relies on {@code feature}. Not for
 * production.
 */
@NullMarked
package io.springline.conformance;

import org.jspecify.annotations.NullMarked;
