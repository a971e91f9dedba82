package io.springline.resume.connection;

import io.springline.session.Connection;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * What a client that does not acknowledge slows down: threads that want to send wait for room in
 * the log, and a client that has {@linkplain StallDetector stalled} is to be disconnected. The lock
 * of the connection guards {@link #awaitRoom} and {@link #wakeWaiters}. Any thread may call the
 * other methods.
 */
final class Backpressure {

    /**
     * The time after which a client that reads everything and acknowledges nothing is disconnected.
     */
    static final long STALLED_AFTER_NANOS = 10_000_000_000L;

    private final OutboundLog log;
    private final Attachment attachment;
    private final Condition room;
    private final StallDetector stall = new StallDetector(STALLED_AFTER_NANOS);
    private volatile long unreadSinceNanos = System.nanoTime();

    /**
     * @param room a condition of the connection's lock
     */
    Backpressure(OutboundLog log, Attachment attachment, Condition room) {
        this.log = log;
        this.attachment = attachment;
        this.room = room;
    }

    /** Returns false while the log is over its limit and the client is attached. */
    boolean hasRoom() {
        return !log.isOverLimit() || attachment.socket() == null;
    }

    /** Blocks while there is no room. Releases the lock of the connection meanwhile. */
    void awaitRoom() throws InterruptedException {
        while (!hasRoom()) {
            room.await();
        }
    }

    /** Lets waiting threads check again whether there is room. */
    void wakeWaiters() {
        room.signalAll();
    }

    /** Starts the times anew, because the client has acknowledged messages or is back. */
    void recordProgress() {
        stall.reset();
        unreadSinceNanos = System.nanoTime();
    }

    /** Returns the {@link System#nanoTime} of the last {@linkplain #recordProgress progress}. */
    long unreadSinceNanos() {
        return unreadSinceNanos;
    }

    /**
     * Records whether the server waits for the client now. Only one thread at a time may call this.
     *
     * @return the socket to be closed, because its client reads and acknowledges nothing for {@link
     *     #STALLED_AFTER_NANOS}, or null
     */
    @Nullable Connection recordAndFindStalled(long nowNanos) {
        Connection now = attachment.socket();
        boolean waits =
                now != null && (log.isHeldBack() || log.isOverLimit() && now.queuedBytes() == 0);
        return stall.recordAndCheck(waits, nowNanos) ? now : null;
    }
}
