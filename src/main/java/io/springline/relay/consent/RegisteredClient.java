package io.springline.relay.consent;

import io.springline.relay.config.UpstreamAuth.ClientAuthentication;
import org.jspecify.annotations.Nullable;

/**
 * Springline's registration at an authorization server.
 *
 * @param redirectUri where the server sends users back: another one needs another registration
 * @param clientSecret null for a public client
 */
record RegisteredClient(
        String issuer,
        @Nullable String redirectUri,
        String clientId,
        @Nullable String clientSecret,
        ClientAuthentication authentication) {

    /** Contains no secret. */
    @Override
    public String toString() {
        return "RegisteredClient[issuer=%s, clientId=%s]".formatted(issuer, clientId);
    }
}
