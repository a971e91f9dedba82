package io.springline.transport.websocket;

/**
 * Detects a client that reads too slowly, or does not answer the close of its connection. Knows the
 * progress of one connection's writes and of its close. One thread at a time records; any thread
 * may ask.
 */
final class SlowReaderDetector {

    /** Longest time for the peer to answer the close frame, or to read one fragment before it. */
    static final long CLOSE_GRACE_NANOS = 2_000_000_000L;

    private final long writeTimeoutNanos;
    private volatile boolean writing;
    private volatile long lastWriteNanos;
    private volatile long closingSinceNanos;

    /**
     * @param writeTimeoutNanos longest time that one fragment may take while the queue is over its
     *     limit
     */
    SlowReaderDetector(long writeTimeoutNanos, long nowNanos) {
        this.writeTimeoutNanos = writeTimeoutNanos;
        this.lastWriteNanos = nowNanos;
    }

    /** Records that a fragment is being written, and that those before it are. */
    void recordWrite(long nowNanos) {
        lastWriteNanos = nowNanos;
        writing = true;
    }

    /** Records that everything is written. */
    void recordIdle() {
        writing = false;
    }

    /** Records that this server has begun to close the connection. */
    void recordClosing(long nowNanos) {
        closingSinceNanos = nowNanos;
    }

    /**
     * Returns true if a fragment is being written and has not timed out. The peer cannot answer a
     * ping that is behind it.
     */
    boolean isWriting(long nowNanos) {
        return writing && nowNanos - lastWriteNanos < writeTimeoutNanos;
    }

    /** Returns the time since which the client has read nothing although something waits. */
    long unreadSinceNanos() {
        return writing ? lastWriteNanos : System.nanoTime();
    }

    /**
     * Returns true if the client has not read one fragment within the write timeout. It counts only
     * while the queue is over its limit.
     */
    boolean isTooSlow(long nowNanos) {
        return nowNanos - lastWriteNanos >= writeTimeoutNanos;
    }

    /** Returns true if the close makes no progress. Each written fragment counts as progress. */
    boolean isCloseOverdue(long nowNanos) {
        long lastStepNanos =
                lastWriteNanos - closingSinceNanos > 0 ? lastWriteNanos : closingSinceNanos;
        return nowNanos - lastStepNanos >= CLOSE_GRACE_NANOS;
    }
}
