package io.springline.relay.consent;

/** Thrown if a consent cannot be obtained; the message may be sent to the user. */
final class ConsentException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean ended;

    /**
     * @param ended true if the consent has ended, so that repeating the request does not help
     */
    ConsentException(String message, boolean ended) {
        super(message);
        this.ended = ended;
    }

    boolean hasEnded() {
        return ended;
    }
}
