package io.springline.relay.client;

/**
 * Thrown if an upstream cannot process a request. The message describes the fault and may be sent
 * to clients.
 */
public class UpstreamException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public UpstreamException(String message) {
        super(message, null, false, false);
    }
}
