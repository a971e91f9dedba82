package io.springline.relay.consent;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that a user's consent has brought.
 *
 * @param refreshToken null if the authorization server issued none; the user then consents again
 *     after {@code expiresAt}
 * @param issuer the authorization server that has issued them: no other one gets them
 * @param clientId the client that they were issued to
 */
record ConsentTokens(
        String accessToken,
        Instant expiresAt,
        @Nullable String refreshToken,
        Set<String> scopes,
        String issuer,
        String clientId) {

    public ConsentTokens {
        scopes = Set.copyOf(scopes);
    }

    /** Returns the tokens with an access token that is not used any more. */
    ConsentTokens expired() {
        return new ConsentTokens(
                accessToken, Instant.EPOCH, refreshToken, scopes, issuer, clientId);
    }

    /** Contains no secret. */
    @Override
    public String toString() {
        return "ConsentTokens[expiresAt=%s]".formatted(expiresAt);
    }
}
