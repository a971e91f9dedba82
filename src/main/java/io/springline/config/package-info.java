/**
 * Checks of the configuration and refusals of the start. Relies on Spring Boot alone. Never changes
 * a value.
 */
@NullMarked
package io.springline.config;

import org.jspecify.annotations.NullMarked;
