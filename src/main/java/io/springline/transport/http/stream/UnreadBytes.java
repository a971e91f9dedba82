package io.springline.transport.http.stream;

import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;

/** Counts what waits to be read on one response. Changed under the lock of the response. */
final class UnreadBytes {

    private final long limit;
    private final UnreadMemory.Account account;
    private volatile long bytes;
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

    /** Records that the client has read a part of what waits. */
    void progress() {
        sinceNanos = System.nanoTime();
    }

    /**
     * Returns true if the client has read nothing for this time, and more waits than it may have.
     */
    boolean isStalled(long nowNanos, long timeoutNanos) {
        return begun
                && nowNanos - sinceNanos > timeoutNanos
                && (isOverLimit() || account.isHeldBack());
    }

    void add(Outbound message) {
        if (bytes == 0) {
            sinceNanos = System.nanoTime();
        }
        bytes += message.keptBytes();
        account.set(bytes);
    }

    void remove(Outbound message) {
        progress();
        bytes -= message.keptBytes();
        account.set(bytes);
    }

    /** Counts nothing any more. */
    void close() {
        bytes = 0;
        account.close();
    }
}
