package io.springline.relay.client;

/** The upstream ended while it worked on a request: whether it has done the work is unknown. */
public final class LostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public LostException(String upstream, String reason) {
        super(
                "Upstream '%s' ended during the call, its outcome is unknown: %s"
                        .formatted(upstream, reason),
                null,
                false,
                false);
    }
}
