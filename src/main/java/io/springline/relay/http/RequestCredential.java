package io.springline.relay.http;

import io.springline.relay.client.UpstreamException;
import java.util.Map;

/** The credential in the requests to an HTTP upstream. Thread-safe. */
public interface RequestCredential {

    /**
     * Returns the headers that carry the credential. Blocks while a token is requested, for a
     * limited time.
     *
     * @throws UpstreamException if there is no credential; the message may be sent to clients
     */
    Map<String, String> headers();

    /** Returns true if {@link #headers} returns at once. */
    default boolean isReady() {
        return true;
    }

    /**
     * Discards the credential after the upstream has refused a request with these headers by 401.
     *
     * @return true if {@link #headers} can return another one, so that the request can be sent
     *     again
     */
    default boolean tryReplace(Map<String, String> refused) {
        return false;
    }
}
