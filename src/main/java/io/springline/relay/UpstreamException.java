package io.springline.relay;

/**
 * An upstream cannot do what is asked of it; the message names the upstream's trouble, fit for a
 * client.
 */
final class UpstreamException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UpstreamException(String message) {
        super(message, null, false, false);
    }
}
