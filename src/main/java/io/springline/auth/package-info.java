/**
 * Who may come in: configured tokens and JWTs, and what the service does when neither is
 * configured. Relies on {@code session} for what a caller is. Never keeps a credential.
 */
@ApplicationModule(allowedDependencies = "session")
@NullMarked
package io.springline.auth;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
