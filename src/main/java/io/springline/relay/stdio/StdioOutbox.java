package io.springline.relay.stdio;

import io.springline.jsonrpc.RequestId;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The outbound queue of one stdio upstream, bounded in messages and bytes. Thread-safe; one thread
 * takes.
 */
final class StdioOutbox {

    static final int MAX_MESSAGES = 10_000;
    static final long MAX_BYTES = 64L << 20;

    /**
     * A queued message.
     *
     * @param request the id, if the message is a request; null otherwise
     */
    private record Waiting(@Nullable RequestId request, byte[] bytes) {}

    /** The result of {@link #offer}. */
    enum Offer {
        ACCEPTED,
        FULL,
        CLOSED
    }

    private final ArrayDeque<byte[]> urgent = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    /** Queues a message, if there is room. */
    synchronized Offer offer(@Nullable RequestId request, byte[] message) {
        if (closed) {
            return Offer.CLOSED;
        }
        if (waiting.size() >= MAX_MESSAGES || bytes + message.length > MAX_BYTES) {
            return Offer.FULL;
        }
        waiting.addLast(new Waiting(request, message));
        bytes += message.length;
        notifyAll();
        return Offer.ACCEPTED;
    }

    /** Removes a queued request; returns true if it was still queued. */
    synchronized boolean withdraw(RequestId request) {
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting one = each.next();
            if (request.equals(one.request())) {
                each.remove();
                bytes -= one.bytes().length;
                return true;
            }
        }
        return false;
    }

    /**
     * Queues a message ahead of all others, even if the queue is full. It is dropped if there are
     * {@link #MAX_MESSAGES} urgent messages already.
     */
    synchronized void overtake(byte[] message) {
        if (!closed && urgent.size() < MAX_MESSAGES) {
            urgent.addLast(message);
            notifyAll();
        }
    }

    /** Blocks until there is a message and returns it; returns null if the queue is closed. */
    synchronized byte @Nullable [] take() throws InterruptedException {
        while (!closed) {
            byte[] message = urgent.pollFirst();
            if (message != null) {
                return message;
            }
            Waiting next = waiting.pollFirst();
            if (next != null) {
                bytes -= next.bytes().length;
                return next.bytes();
            }
            wait();
        }
        return null;
    }

    synchronized boolean isEmpty() {
        return urgent.isEmpty() && waiting.isEmpty();
    }

    /** Drops all messages and rejects further ones. */
    synchronized void close() {
        closed = true;
        urgent.clear();
        waiting.clear();
        bytes = 0;
        notifyAll();
    }
}
