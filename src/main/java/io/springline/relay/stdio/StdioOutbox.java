package io.springline.relay.stdio;

import io.springline.jsonrpc.RequestId;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The outbound queue of one stdio upstream, bounded in messages and bytes.
 *
 * <p>One thread at a time may write to the pipe: either the transport's writer thread, which writes
 * what is queued, or a thread that has a message to send. The latter may write only to a nearly
 * empty pipe, so that it does not block. If the child has answered the last message, the pipe holds
 * at most the part of it that follows the id. If more is under way, the writer thread is better: it
 * writes several messages at once. Thread-safe.
 */
final class StdioOutbox {

    static final int MAX_MESSAGES = 10_000;
    static final long MAX_BYTES = 64L << 20;

    /**
     * A thread may write a shorter message itself. The smallest pipe is one page, which has room
     * for two of them: one of which the child has read only the id, and the next one.
     */
    static final int SHORT_BYTES = 2048;

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

    /** True while a thread writes to the pipe. */
    private boolean claimed;

    /** True if the child has certainly read what was written, up to the id of the last message. */
    private boolean drained = true;

    /** The id of the last written message, if it was a request. */
    private @Nullable RequestId last;

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

    /**
     * Claims the pipe for one message. Returns false if the message must be {@linkplain #offer
     * queued}: others wait or are being written, or the pipe may not be empty. Otherwise the caller
     * writes the message and a line feed, and calls {@link #release}.
     */
    synchronized boolean tryClaim(@Nullable RequestId request, byte[] message) {
        if (closed || claimed || !drained || message.length >= SHORT_BYTES || !isEmpty()) {
            return false;
        }
        claimed = true;
        recordLocked(request);
        return true;
    }

    /**
     * Blocks until messages are queued and no thread writes, and claims the pipe. Returns false if
     * the queue is closed.
     */
    synchronized boolean awaitClaim() throws InterruptedException {
        while (!closed && (claimed || isEmpty())) {
            wait();
        }
        claimed = !closed;
        return claimed;
    }

    /** Returns the next message; null if there is none. Called by the thread with the claim. */
    synchronized byte @Nullable [] poll() {
        byte[] message = urgent.pollFirst();
        if (message != null) {
            recordLocked(null);
            return message;
        }
        Waiting next = waiting.pollFirst();
        if (next == null) {
            return null;
        }
        bytes -= next.bytes().length;
        recordLocked(next.request());
        return next.bytes();
    }

    private void recordLocked(@Nullable RequestId request) {
        drained = false;
        last = request;
    }

    /** Lets other threads write. The writer thread is woken only if something waits. */
    synchronized void release() {
        claimed = false;
        if (!isEmpty()) {
            notifyAll();
        }
    }

    /** Records that the child has answered a request, so it has read its id and all before it. */
    synchronized void answered(RequestId request) {
        if (request.equals(last)) {
            drained = true;
        }
    }

    private boolean isEmpty() {
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
