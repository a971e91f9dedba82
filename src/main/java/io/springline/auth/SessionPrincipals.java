package io.springline.auth;

import io.springline.session.Caller;
import java.security.Principal;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;

/**
 * Accepts principals that another part of the application has authenticated, for example by a login
 * and a session cookie. A browser sends the cookie even if another site's page opens the
 * connection, so the handshake also needs an Origin, which was checked against the allow-list.
 */
final class SessionPrincipals {

    private final boolean accepted;

    SessionPrincipals(boolean accepted) {
        this.accepted = accepted;
    }

    boolean areAccepted() {
        return accepted;
    }

    /** Returns the caller, or empty if there is no Origin or the principal's name is reserved. */
    Optional<Caller> find(Principal principal, @Nullable String origin) {
        String name = principal.getName();
        return !accepted || origin == null || Caller.isReserved(name)
                ? Optional.empty()
                : Optional.of(new Caller(name, roles(principal)));
    }

    /**
     * Returns the authorities without Spring Security's prefixes {@code ROLE_} and {@code SCOPE_}.
     */
    private static Set<String> roles(Principal principal) {
        return principal instanceof Authentication authentication
                ? authentication.getAuthorities().stream()
                        .map(GrantedAuthority::getAuthority)
                        .map(authority ->
                                String.valueOf(authority).replaceFirst("^(ROLE|SCOPE)_", ""))
                        .collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }
}
