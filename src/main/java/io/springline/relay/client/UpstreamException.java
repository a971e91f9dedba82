package io.springline.relay.client;

/**
 * An upstream cannot do what is asked of it; the message names the upstream's trouble, fit for a
 * client.
 */
public final class UpstreamException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UpstreamException(String message) {
        super(message, null, false, false);
    }
}
