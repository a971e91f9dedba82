package io.springline.relay.auth;

import io.springline.relay.auth.CredentialFailures.Reason;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.UpstreamAuth.Type;
import io.springline.relay.http.RequestCredential;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;

/** The credentials of the calls to one upstream, as {@code auth} configures them. Thread-safe. */
public final class UpstreamCredentials {

    /** The principal of tokens that Springline gets for itself. */
    private static final Authentication SPRINGLINE =
            UsernamePasswordAuthenticationToken.authenticated(
                    "springline", null, java.util.List.of());

    private static final int MAX_PRINCIPALS = 1000;

    private final Type type;
    private final CredentialFailures failures;
    private final @Nullable AccessTokens tokens;

    /**
     * @param servers null if no upstream needs an authorization server
     */
    public UpstreamCredentials(
            String upstream,
            RelayProperties.Upstream spec,
            @Nullable AuthorizationServerClient servers) {
        this.type = spec.authType();
        this.failures = new CredentialFailures(upstream);
        this.tokens =
                servers == null || !type.usesTokens()
                        ? null
                        : new AccessTokens(
                                upstream, spec.auth(), servers, failures, MAX_PRINCIPALS);
    }

    /** Returns the name of the configured type. */
    public Type type() {
        return type;
    }

    public CredentialFailures failures() {
        return failures;
    }

    /** Returns the credential that all callers share. */
    public RequestCredential shared() {
        return tokens == null ? new Static() : new Token(tokens, SPRINGLINE);
    }

    private void rejected() {
        failures.record(Reason.REJECTED, "the upstream rejects the credential (HTTP 401)");
    }

    /** The headers of the configuration, which the transport adds itself. */
    private final class Static implements RequestCredential {

        @Override
        public Map<String, String> headers() {
            return Map.of();
        }

        @Override
        public boolean tryReplace(Map<String, String> refused) {
            rejected();
            return false;
        }
    }

    private final class Token implements RequestCredential {

        private static final String SCHEME = "Bearer ";

        private final AccessTokens tokens;
        private final Authentication principal;

        Token(AccessTokens tokens, Authentication principal) {
            this.tokens = tokens;
            this.principal = principal;
        }

        @Override
        public Map<String, String> headers() {
            return Map.of("Authorization", SCHEME + tokens.get(principal));
        }

        @Override
        public boolean isReady() {
            return tokens.has(principal.getName());
        }

        @Override
        public boolean tryReplace(Map<String, String> refused) {
            rejected();
            String header = refused.getOrDefault("Authorization", SCHEME);
            return tokens.tryReplace(principal.getName(), header.substring(SCHEME.length()));
        }
    }
}
