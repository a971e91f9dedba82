package io.springline.session;

/**
 * Another node owns the session by now. What was asked for is not answered here: the client asks
 * again, there.
 */
public final class MovedException extends RuntimeException {

    public MovedException() {
        super("another node owns the session", null, false, false);
    }
}
