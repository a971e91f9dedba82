package io.springline.relay.attach.node;

import java.time.Duration;
import java.util.ArrayDeque;

/**
 * The messages of one end of a link that the other end has not processed, whether they wait in this
 * process, in Redis or at the other node. It is full at {@value #MAX_MESSAGES} messages or {@value
 * #MAX_BYTES} bytes; one message of any size fits if it is not full. Thread-safe.
 */
final class SendWindow {

    static final int MAX_MESSAGES = 1_024;
    static final int MAX_BYTES = 8 << 20;

    private record Sent(long number, int bytes) {}

    private final ArrayDeque<Sent> unprocessed = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    synchronized void sent(long number, int size) {
        if (!closed) {
            unprocessed.add(new Sent(number, size));
            bytes += size;
        }
    }

    /** The other end has processed all messages up to this number. */
    synchronized void processed(long number) {
        while (!unprocessed.isEmpty() && unprocessed.element().number() <= number) {
            bytes -= unprocessed.remove().bytes();
        }
        notifyAll();
    }

    synchronized boolean isFull() {
        return bytes >= MAX_BYTES || unprocessed.size() >= MAX_MESSAGES;
    }

    /** Blocks while the window is full. Returns false if it still is after this time. */
    synchronized boolean awaitRoom(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (isFull()) {
            long millis = (end - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                return false;
            }
            wait(millis);
        }
        return true;
    }

    /** Ends all waits. Nothing can be sent afterwards. */
    synchronized void close() {
        closed = true;
        unprocessed.clear();
        bytes = 0;
        notifyAll();
    }
}
