package io.springline.auth;

import io.springline.session.Caller;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/**
 * Sets a caller as Spring Security's current authentication. Each role {@code x} becomes the
 * authorities {@code ROLE_x}, {@code ROLE_X} and {@code SCOPE_x}.
 */
public final class CallerContext {

    /** The role that the operators' endpoints require if credentials are configured. */
    public static final String OPERATOR = "OPERATOR";

    /** The role of a metrics scraper. It may read meters and health details only. */
    public static final String METRICS = "METRICS";

    /** Returns true if the role gives access to operators' endpoints. Ignores case. */
    static boolean isOperators(String role) {
        return role.equalsIgnoreCase(OPERATOR) || role.equalsIgnoreCase(METRICS);
    }

    private static final String KEY = "springline";

    private CallerContext() {}

    /**
     * Runs {@code work} on this thread as {@code caller}, and clears the security context
     * afterwards. The supplier is called only if {@code work} reads the security context.
     */
    public static void run(Supplier<Caller> caller, Runnable work) {
        SecurityContextHolder.setDeferredContext(
                () -> new SecurityContextImpl(authentication(caller.get())));
        try {
            work.run();
        } finally {
            SecurityContextHolder.clearContext();
        }
    }

    /** Returns the caller as an authentication of Spring Security, without a credential. */
    public static Authentication authentication(Caller caller) {
        if (caller.isAnonymous()) {
            return new AnonymousAuthenticationToken(
                    KEY, caller, AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));
        }
        return new PreAuthenticatedAuthenticationToken(
                caller,
                null,
                caller.roles().stream()
                        .flatMap(role ->
                                Stream.of(
                                        "ROLE_" + role,
                                        "ROLE_" + role.toUpperCase(Locale.ROOT),
                                        "SCOPE_" + role))
                        .distinct()
                        .map(SimpleGrantedAuthority::new)
                        .toList());
    }
}
