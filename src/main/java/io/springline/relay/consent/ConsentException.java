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

    /** Creates the exception for a consent that has ended: repeating the request does not help. */
    static ConsentException ended(String message) {
        return new ConsentException(message, true);
    }

    /** Creates the exception for a failure that may pass: the request can be repeated. */
    static ConsentException passing(String message) {
        return new ConsentException(message, false);
    }

    boolean hasEnded() {
        return ended;
    }
}
