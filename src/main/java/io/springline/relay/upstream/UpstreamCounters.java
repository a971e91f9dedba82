package io.springline.relay.upstream;

import io.springline.relay.auth.CredentialFailures;

/** The meters of one upstream. Counters never decrease. */
public interface UpstreamCounters {

    /**
     * Receives the end of each call, on the thread of the call. It must be fast and must not throw.
     */
    @FunctionalInterface
    interface CallListener {

        /**
         * Called when a call that was sent has ended.
         *
         * @param nanos the time since it was sent, in nanoseconds
         * @param failed whether it ended without a result
         */
        void ended(long nanos, boolean failed);
    }

    String name();

    boolean isUp();

    /** Returns the current number of processes or HTTP sessions. */
    int connections();

    /** Returns the number of connections after the first one. */
    long restarts();

    /** Returns how often calls had no valid credential. */
    CredentialFailures credentialFailures();

    /** Sets the listener; it replaces the previous one. */
    void onCall(CallListener listener);
}
