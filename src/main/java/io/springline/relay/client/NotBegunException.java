package io.springline.relay.client;

/**
 * Thrown if an upstream has not started to process a request: it can be sent again on a new
 * connection.
 */
public final class NotBegunException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotBegunException(String upstream, String reason) {
        super("Upstream '%s': %s".formatted(upstream, reason), null, false, false);
    }
}
