package io.springline.relay;

/** One upstream, for meters. Counters only grow. */
public interface UpstreamCounters {

    /** Hears of calls. Called on the thread of the call; must be quick and must not throw. */
    @FunctionalInterface
    interface CallListener {

        /**
         * A call that was sent has ended.
         *
         * @param nanos since it was sent
         * @param failed whether it ended without a result, by the upstream's error or otherwise
         */
        void ended(long nanos, boolean failed);
    }

    String name();

    boolean isUp();

    /** Processes or HTTP sessions at the moment. */
    int connections();

    long restarts();

    /** From now on tells {@code listener}, and nobody who listened before. */
    void onCall(CallListener listener);
}
