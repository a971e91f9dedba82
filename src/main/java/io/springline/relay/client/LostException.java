package io.springline.relay.client;

/**
 * Thrown if the connection to an upstream ends during a request: the outcome of the request is
 * unknown.
 */
public final class LostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    public LostException(String upstream, String reason) {
        super(
                "Upstream '%s' ended during the call, its outcome is unknown: %s"
                        .formatted(upstream, reason),
                null,
                false,
                false);
        this.reason = reason;
    }

    /** Returns why the connection ended, without what it means for a call. */
    public String reason() {
        return reason;
    }
}
