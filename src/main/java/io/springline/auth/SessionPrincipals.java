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
 * Principals that another part of the application has authenticated, by a login and a session
 * cookie for example. A browser sends such a cookie whoever's page opens the connection, so it
 * counts only together with an Origin, which has been held against the allow-list.
 */
final class SessionPrincipals {

    private final boolean accepted;

    SessionPrincipals(boolean accepted) {
        this.accepted = accepted;
    }

    boolean areAccepted() {
        return accepted;
    }

    Optional<Caller> find(Principal principal, @Nullable String origin) {
        String name = principal.getName();
        return !accepted || origin == null || Caller.isReserved(name)
                ? Optional.empty()
                : Optional.of(new Caller(name, roles(principal), null));
    }

    /** Authorities without the prefix that Spring Security tells their kinds by. */
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
