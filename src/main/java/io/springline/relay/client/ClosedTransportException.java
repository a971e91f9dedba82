package io.springline.relay.client;

/** Thrown if a message was not sent because the transport is closed. */
public final class ClosedTransportException extends UpstreamException {

    private static final long serialVersionUID = 1L;

    public ClosedTransportException(String message) {
        super(message);
    }
}
