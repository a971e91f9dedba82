package io.springline.toolcall.approval;

import java.time.Duration;

/**
 * Tokens that can be taken once, at any node that shares this store. If the store loses its data,
 * no token can be taken. Thread-safe.
 */
public interface SingleUseTokens {

    /** Most tokens of one client. One more invalidates its oldest. */
    int MAX_PER_CLIENT = 100;

    /**
     * Issues a token.
     *
     * @throws UnavailableException if the store cannot be reached
     */
    void issue(String client, String token, Duration lifetime) throws InterruptedException;

    /**
     * Takes the token. Returns false if the client has no such token: it was never issued, was
     * taken before, or has expired.
     *
     * @throws UnavailableException if the store cannot be reached
     */
    boolean take(String client, String token) throws InterruptedException;

    /** Thrown if the store cannot be reached. */
    final class UnavailableException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        public UnavailableException(Throwable cause) {
            super(cause);
        }
    }
}
