package io.springline.relay.auth;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.jwt.Jwt;

/** The principal that an access token is requested for. Its name is the key of the token. */
final class TokenPrincipal extends AbstractAuthenticationToken {

    private static final long serialVersionUID = 1L;

    /** The key of Springline's own token; no caller has it, see {@link UpstreamCredentials#key}. */
    static final String OWN_KEY = "springline";

    /** Springline itself. */
    static final TokenPrincipal SPRINGLINE = new TokenPrincipal(OWN_KEY, null);

    private final String key;
    private final transient @Nullable OAuth2AccessToken subject;

    private TokenPrincipal(String key, @Nullable OAuth2AccessToken subject) {
        super(List.of());
        this.key = key;
        this.subject = subject;
        super.setAuthenticated(true);
    }

    /** Returns the principal of a caller, whose token is the subject of a token exchange. */
    static TokenPrincipal of(String key, Jwt token) {
        return new TokenPrincipal(
                key,
                new OAuth2AccessToken(
                        OAuth2AccessToken.TokenType.BEARER,
                        token.getTokenValue(),
                        token.getIssuedAt(),
                        token.getExpiresAt()));
    }

    @Override
    public String getName() {
        return key;
    }

    @Override
    public Object getPrincipal() {
        return subject == null ? key : subject;
    }

    @Override
    public @Nullable Object getCredentials() {
        return null;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Objects.hash(key);
    }

    @Override
    public String toString() {
        return "TokenPrincipal";
    }
}
