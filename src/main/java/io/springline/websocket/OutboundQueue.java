package io.springline.websocket;

import io.springline.session.Outbound;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one connection, bounded in bytes. Over the limit, progress and log
 * messages are dropped and changes merged; essential messages are taken up to twice the limit, or
 * alone at any size, and beyond that the client is too slow. Not safe for use by many threads: its
 * connection guards it.
 */
final class OutboundQueue {

    enum Offer {
        QUEUED,
        DROPPED,
        /** The client must be closed as slow. */
        OVERFLOW
    }

    private final ArrayDeque<Outbound> waiting = new ArrayDeque<>(2);
    private final long limitBytes;
    private @Nullable Set<Object> waitingChanges;
    private long bytes;

    OutboundQueue(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    Offer offer(Outbound message) {
        boolean over = bytes > 0 && bytes + message.payload().length > limitBytes;
        boolean fits =
                switch (message.kind()) {
                    case PROGRESS, LOG -> !over;
                    case CHANGE -> !over || addChange(message);
                    case ESSENTIAL -> true;
                };
        if (!fits) {
            return Offer.DROPPED;
        }
        if (over && bytes + message.payload().length > 2 * limitBytes) {
            return Offer.OVERFLOW;
        }
        waiting.add(message);
        bytes += message.payload().length;
        return Offer.QUEUED;
    }

    /** Takes the next message; its bytes count until {@link #written}. */
    @Nullable Outbound poll() {
        Outbound next = waiting.poll();
        if (next != null && waitingChanges != null && next.coalesceKey() != null) {
            waitingChanges.remove(next.coalesceKey());
        }
        return next;
    }

    void written(Outbound message) {
        bytes -= message.payload().length;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Bytes waiting or being written. */
    long bytes() {
        return bytes;
    }

    boolean isOverLimit() {
        return bytes > limitBytes;
    }

    void clear() {
        waiting.forEach(this::written);
        waiting.clear();
        waitingChanges = null;
    }

    /**
     * False when an equal change is waiting already. Kept only under pressure, so that it costs
     * nothing.
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
