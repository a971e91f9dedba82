/**
 * Who may come in, by which way, and what for: tokens, tickets, cookies, certificates, and the
 * rules. Relies on {@code session} for what a caller is. Never keeps a credential.
 */
@ApplicationModule(allowedDependencies = {"session", "config"})
@NullMarked
package io.springline.auth;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
