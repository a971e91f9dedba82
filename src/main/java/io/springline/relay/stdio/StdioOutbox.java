package io.springline.relay.stdio;

import io.springline.jsonrpc.RequestId;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait for an upstream to read them, bounded in number and in bytes. Safe for use
 * by many threads; one of them takes.
 */
final class StdioOutbox {

    static final int MAX_MESSAGES = 10_000;
    static final long MAX_BYTES = 64L << 20;

    /**
     * @param request what may be withdrawn while it waits; null for all other messages
     */
    private record Waiting(@Nullable RequestId request, byte[] bytes) {}

    /** What became of a message that was to be sent. */
    enum Offer {
        ACCEPTED,
        FULL,
        CLOSED
    }

    private final ArrayDeque<byte[]> urgent = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

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

    /** Takes a request out that still waits: it will never be sent. */
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
     * Sends a message ahead of all that wait, also when these fill the queue. Beyond as many urgent
     * ones as there may be others it is dropped: an upstream that reads so little heeds none.
     */
    synchronized void overtake(byte[] message) {
        if (!closed && urgent.size() < MAX_MESSAGES) {
            urgent.addLast(message);
            notifyAll();
        }
    }

    /** Waits for the next message; null once this is closed. */
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

    /** Drops what waits, and lets nothing more in. */
    synchronized void close() {
        closed = true;
        urgent.clear();
        waiting.clear();
        bytes = 0;
        notifyAll();
    }
}
