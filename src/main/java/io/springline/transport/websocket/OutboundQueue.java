package io.springline.transport.websocket;

import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait to be written to one connection, with a limit in bytes.
 *
 * <p>Over the limit, progress and log messages are dropped, and equal change notifications are
 * merged. Answers are always accepted, because calls {@linkplain WebSocketConnection#awaitRoom
 * block for room} before they answer; so at most one answer per request in flight exceeds the
 * limit. Not thread-safe: the connection's lock protects it, except {@link #bytes}.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField")
final class OutboundQueue {

    private static final int SHORT_BYTES = 64 * 1024;

    private final ArrayDeque<Outbound> waiting = new ArrayDeque<>(2);
    private final long limitBytes;
    private final UnreadMemory.Account unread;
    private @Nullable Set<Object> waitingChanges;
    private volatile long bytes;

    OutboundQueue(long limitBytes, UnreadMemory.Account unread) {
        this.limitBytes = limitBytes;
        this.unread = unread;
    }

    /** Adds a message. Returns false if it was dropped. */
    boolean offer(Outbound message) {
        boolean over = bytes > 0 && bytes + message.payload().length > limitBytes;
        boolean taken =
                switch (message.kind()) {
                    case PROGRESS, LOG -> !over;
                    case CHANGE -> !over || addChange(message);
                    case ESSENTIAL -> true;
                };
        if (taken) {
            waiting.add(message);
            changeBytes(message.payload().length);
        }
        return taken;
    }

    /** Removes the next message. Its bytes count until {@link #written} is called. */
    @Nullable Outbound poll() {
        Outbound next = waiting.poll();
        if (next != null && waitingChanges != null && next.coalesceKey() != null) {
            waitingChanges.remove(next.coalesceKey());
        }
        return next;
    }

    void written(Outbound message) {
        changeBytes(-message.payload().length);
    }

    private void changeBytes(int change) {
        bytes += change;
        unread.set(bytes);
    }

    /** Its messages count as unread no longer, or elsewhere. */
    void uncounted() {
        unread.close();
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Returns the bytes that wait or are being written. May be called by any thread. */
    long bytes() {
        return bytes;
    }

    /** Also true if its client as a whole holds too much, and some of it here. */
    boolean isOverLimit() {
        return bytes > limitBytes || unread.isHeldBack();
    }

    /** Returns true if what waits leaves with about one write. May be called by any thread. */
    boolean isShort() {
        return bytes <= SHORT_BYTES && !isOverLimit();
    }

    void clear() {
        waiting.forEach(this::written);
        waiting.clear();
        waitingChanges = null;
    }

    /**
     * Returns false if an equal change notification is waiting. The set is only created when the
     * queue is over its limit.
     */
    private boolean addChange(Outbound message) {
        if (waitingChanges == null) {
            waitingChanges = new HashSet<>();
            for (Outbound each : waiting) {
                if (each.coalesceKey() != null) {
                    waitingChanges.add(each.coalesceKey());
                }
            }
        }
        return message.coalesceKey() == null || waitingChanges.add(message.coalesceKey());
    }
}
