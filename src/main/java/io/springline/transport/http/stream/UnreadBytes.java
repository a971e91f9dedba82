package io.springline.transport.http.stream;

import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;

/** Counts what waits to be read on one response. Changed under the lock of the response. */
final class UnreadBytes {

    private final long limit;
    private final UnreadMemory.Account account;
    private volatile long bytes;
    private volatile long overLimitSince;
    private volatile long sinceNanos = System.nanoTime();
    private volatile boolean begun;

    /**
     * @param account counts the same for the client
     */
    UnreadBytes(long limit, UnreadMemory.Account account) {
        this.limit = limit;
        this.account = account;
    }

    /** The response begins to be written: from now on the client can read. */
    void begin() {
        sinceNanos = System.nanoTime();
        begun = true;
    }

    long bytes() {
        return bytes;
    }

    boolean isOverLimit() {
        return bytes > limit;
    }

    boolean isHeldBack() {
        return account.isHeldBack();
    }

    /** Returns since when the client has read nothing, although something waits. */
    long sinceNanos() {
        return begun ? sinceNanos : System.nanoTime();
    }

    /**
     * Returns true if the client has read nothing for this time, and more waits than it may have.
     */
    boolean isStalled(long nowNanos, long timeoutNanos) {
        long since = overLimitSince;
        boolean over = since != 0 && nowNanos - since > timeoutNanos;
        return over || account.isHeldBack() && nowNanos - sinceNanos() > timeoutNanos;
    }

    void add(Outbound message) {
        if (bytes == 0) {
            sinceNanos = System.nanoTime();
        }
        bytes += message.keptBytes();
        account.set(bytes);
        if (isOverLimit() && overLimitSince == 0) {
            overLimitSince = now();
        }
    }

    void remove(Outbound message) {
        sinceNanos = System.nanoTime();
        bytes -= message.keptBytes();
        account.set(bytes);
        overLimitSince = isOverLimit() ? now() : 0;
    }

    /** Counts nothing any more. */
    void close() {
        bytes = 0;
        overLimitSince = 0;
        account.close();
    }

    private static long now() {
        return Math.max(1, System.nanoTime());
    }
}
