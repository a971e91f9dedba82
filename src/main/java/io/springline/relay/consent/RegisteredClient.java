package io.springline.relay.consent;

import io.springline.relay.config.UpstreamAuth.ClientAuthentication;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Springline's registration at an authorization server.
 *
 * @param redirectUri where the server sends users back: another one needs another registration
 * @param clientSecret null for a public client
 * @param secretExpires null if the secret does not expire
 */
record RegisteredClient(
        String issuer,
        @Nullable String redirectUri,
        String clientId,
        @Nullable String clientSecret,
        ClientAuthentication authentication,
        @Nullable Instant secretExpires) {

    /** Returns true if the secret is not valid any more. */
    boolean isExpired(Instant now) {
        return secretExpires != null && !now.isBefore(secretExpires);
    }

    /** Contains no secret. */
    @Override
    public String toString() {
        return "RegisteredClient[issuer=%s, clientId=%s]".formatted(issuer, clientId);
    }
}
