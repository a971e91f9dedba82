package io.springline.auth;

import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Refused;
import io.springline.session.Caller;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;

/**
 * Finds out who presents a bearer token: a configured one, or a JWT of the issuer that Spring
 * Security's resource server is configured for. Where neither is configured everybody is anonymous.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</a>
 */
public final class Authenticator {

    private static final Logger log = LoggerFactory.getLogger(Authenticator.class);
    private static final String SCHEME = "bearer ";
    private static final String CHALLENGE = "Bearer realm=\"springline\"";

    private final ApiTokens tokens;
    private final @Nullable JwtDecoder jwts;
    private final boolean allowAnonymous;

    Authenticator(ApiTokens tokens, @Nullable JwtDecoder jwts, boolean allowAnonymous) {
        this.tokens = tokens;
        this.jwts = jwts;
        this.allowAnonymous = allowAnonymous;
    }

    /** Whether there is any credential that a client could present. */
    public boolean hasCredentials() {
        return !tokens.isEmpty() || jwts != null;
    }

    /**
     * @param authorization the header's value, or null when absent
     */
    public Authentication authenticate(@Nullable String authorization) {
        if (!hasCredentials()) {
            return new Accepted(Caller.ANONYMOUS);
        }
        if (authorization == null) {
            return allowAnonymous ? new Accepted(Caller.ANONYMOUS) : new Refused(CHALLENGE);
        }
        if (!authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            return new Refused(CHALLENGE);
        }
        String token = authorization.substring(SCHEME.length()).strip();
        return tokens.find(token)
                .or(() -> jwt(token))
                .<Authentication>map(Accepted::new)
                .orElse(new Refused(CHALLENGE + ", error=\"invalid_token\""));
    }

    private Optional<Caller> jwt(String token) {
        if (jwts == null) {
            return Optional.empty();
        }
        try {
            Jwt jwt = jwts.decode(token);
            return Optional.ofNullable(jwt.getSubject())
                    .map(subject -> new Caller(subject, roles(jwt), jwt.getExpiresAt()));
        } catch (JwtException e) {
            log.debug("JWT refused: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** The scopes, and the values of a {@code roles} claim. */
    private static Set<String> roles(Jwt jwt) {
        var roles = new LinkedHashSet<String>();
        for (String claim : List.of("scope", "scp", "roles")) {
            switch (jwt.getClaims().get(claim)) {
                case String text -> roles.addAll(List.of(text.split(" +")));
                case List<?> list -> list.forEach(each -> roles.add(String.valueOf(each)));
                case null, default -> {}
            }
        }
        return roles;
    }
}
