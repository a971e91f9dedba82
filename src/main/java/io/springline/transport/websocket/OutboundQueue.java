package io.springline.transport.websocket;

import io.springline.session.Outbound;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one connection, with a limit in bytes. Over the limit progress and
 * log messages are dropped and changes merged; answers are always taken, since those who give them
 * {@linkplain WebSocketConnection#awaitRoom wait for room} before: so there is at most one beyond
 * the limit for each request in flight. Not safe for use by many threads: its connection guards it.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField")
final class OutboundQueue {

    private final ArrayDeque<Outbound> waiting = new ArrayDeque<>(2);
    private final long limitBytes;
    private @Nullable Set<Object> waitingChanges;
    private volatile long bytes;

    OutboundQueue(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** False when the message was dropped. */
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
            bytes += message.payload().length;
        }
        return taken;
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

    /** Bytes waiting or being written; may be asked by any thread. */
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
