package io.springline.relay.client;

/**
 * Thrown if the response to a request did not arrive, and the upstream stays connected: the outcome
 * of the request is unknown.
 */
public final class LostResponseException extends UpstreamException {

    private static final long serialVersionUID = 1L;

    LostResponseException(String upstream, String reason) {
        super(
                "Upstream '%s': %s; the outcome of the request is unknown"
                        .formatted(upstream, reason));
    }
}
