/**
 * What is wrong with the configuration, and how a refused start says so. Relies on nothing. Never
 * reads a value that another package owns.
 */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.springline.config;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
