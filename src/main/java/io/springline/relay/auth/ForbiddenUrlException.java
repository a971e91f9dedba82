package io.springline.relay.auth;

import java.io.IOException;

/** Thrown if a URL that metadata name must not be requested. The message may be shown. */
public final class ForbiddenUrlException extends IOException {

    private static final long serialVersionUID = 1L;

    public ForbiddenUrlException(String message) {
        super(message);
    }
}
