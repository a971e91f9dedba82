package io.springline.relay.client;

/**
 * The upstream has certainly not begun a request, so that it may be sent again to a new connection.
 */
public final class NotBegunException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NotBegunException(String upstream, String reason) {
        super("Upstream '%s': %s".formatted(upstream, reason), null, false, false);
    }
}
