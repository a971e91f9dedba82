package io.springline.relay;

/** The upstream ended while it worked on a request: whether it has done the work is unknown. */
final class LostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LostException(String upstream, String reason) {
        super(
                "Upstream '%s' ended during the call, its outcome is unknown: %s"
                        .formatted(upstream, reason),
                null,
                false,
                false);
    }
}
