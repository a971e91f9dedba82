/**
 * Checks of the configuration, and reports of start-up failures. Relies on Spring Boot only.
 * Changes no values.
 */
@NullMarked
package io.springline.config;

import org.jspecify.annotations.NullMarked;
