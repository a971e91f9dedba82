package io.springline.relay.consent;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The consent of one caller to calls of one upstream, with its tokens, as it is stored.
 *
 * @param resource the URL of the upstream: the tokens are never sent to another one
 * @param refused when the upstream has last refused an access token; null if it never did
 */
record ConsentGrant(
        String id,
        String principal,
        String resource,
        Instant since,
        ConsentTokens tokens,
        @Nullable Instant refused) {

    /** The time before its expiry at which a token is replaced. */
    private static final Duration CLOCK_SKEW = Duration.ofSeconds(5);

    /** The shortest time between two replacements because the upstream refused a token. */
    private static final Duration REPLACE_AFTER = Duration.ofSeconds(10);

    ConsentGrant with(ConsentTokens refreshed) {
        return new ConsentGrant(id, principal, resource, since, refreshed, refused);
    }

    /** Returns the grant after the upstream has refused its access token. */
    ConsentGrant refusedNow() {
        return new ConsentGrant(id, principal, resource, since, tokens.expired(), Instant.now());
    }

    boolean wasRefusedShortlyBefore() {
        return refused != null && Instant.now().isBefore(refused.plus(REPLACE_AFTER));
    }

    boolean isValid() {
        return Instant.now().isBefore(tokens.expiresAt().minus(CLOCK_SKEW));
    }
}
