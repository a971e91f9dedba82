package io.springline.relay.auth;

import io.springline.relay.client.UpstreamException;

/** Thrown if a caller has not consented; the message contains the link to the page for it. */
public final class MissingConsentException extends UpstreamException {

    private static final long serialVersionUID = 1L;

    public MissingConsentException(String message) {
        super(message);
    }
}
