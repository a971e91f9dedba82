/**
 * What is kept for those who ask later who did what. Relies on nothing; called where things happen.
 * Never told an argument, a result or a credential.
 */
@ApplicationModule(allowedDependencies = "config")
@NullMarked
package io.springline.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
