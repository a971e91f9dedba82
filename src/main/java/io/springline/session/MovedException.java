package io.springline.session;

/**
 * Thrown when another node owns the session. The request is not answered here; the client sends it
 * again to the owner.
 */
public final class MovedException extends RuntimeException {

    public MovedException() {
        super("another node owns the session", null, false, false);
    }
}
