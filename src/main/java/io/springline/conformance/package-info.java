/**
 * Features for the official conformance suite; off by default. Relies on {@code feature}. Never
 * serves in production.
 */
@NullMarked
package io.springline.conformance;

import org.jspecify.annotations.NullMarked;
