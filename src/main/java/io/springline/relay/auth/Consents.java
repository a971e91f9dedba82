package io.springline.relay.auth;

import io.springline.relay.client.UpstreamException;
import io.springline.session.Caller;
import java.net.URI;
import java.time.Duration;

/**
 * The consents of callers that Springline calls one upstream on their behalf, with the access
 * tokens that belong to them. Thread-safe.
 */
public interface Consents {

    /** Returns true if the caller has consented. May block for a read of the store. */
    boolean isGiven(Caller caller);

    /**
     * Returns the page on which the caller can consent. The same one as long as it is valid.
     *
     * @throws UpstreamException if too many callers are asked at a time
     */
    URI page(Caller caller);

    /** Returns what a caller without a consent has to do, with the {@linkplain #page page}. */
    default String request(String upstream, Caller caller) {
        return "Upstream '%s' needs your consent: open %s in a browser, then call again"
                .formatted(upstream, page(caller));
    }

    /**
     * Blocks until the caller has consented.
     *
     * @return false if that does not happen in this time
     */
    boolean await(Caller caller, Duration atMost) throws InterruptedException;

    /** Returns the maximum time between a request for consent and the consent. */
    Duration lifetime();

    /**
     * Returns an id of the caller's consent, which changes if the caller consents again. The
     * connection of an earlier consent must not be used any more.
     *
     * @throws MissingConsentException if the caller has not consented
     */
    String id(Caller caller);

    /**
     * Returns the access token of the caller. Blocks while it is refreshed.
     *
     * @throws UpstreamException if the caller has no token; the message contains no secret
     */
    String token(Caller caller);

    /** Returns true if {@link #token} returns at once. */
    boolean hasValidToken(Caller caller);

    /**
     * Discards a token that the upstream has refused.
     *
     * @return true if another one can be requested
     */
    boolean tryReplace(Caller caller, String refused);
}
