package io.springline.client;

import java.time.Duration;

/**
 * Counts the received messages of a session, and determines when the client acknowledges them:
 * after a quarter of the bytes that the server can buffer, or 200 ms after the first unacknowledged
 * message. Thread-safe.
 */
final class Acknowledgements {

    private static final long DELAY = Duration.ofMillis(200).toNanos();

    private long received;
    private long acknowledged;
    private long oldest;
    private long bytes;
    private long threshold;
    private boolean due;

    /**
     * Starts counting for a new session, whose first message has the number 1.
     *
     * @param maxBufferedBytes the size of the server's buffer for unacknowledged messages
     */
    synchronized void restart(long maxBufferedBytes) {
        received = 0;
        acknowledged = 0;
        bytes = 0;
        due = false;
        threshold = maxBufferedBytes / 4;
    }

    /**
     * Makes an acknowledgement due at once. The first message after a resume tells the server that
     * its new token has arrived (docs/binding.md).
     */
    synchronized void resumed() {
        due = true;
    }

    /**
     * Counts a message that was processed.
     *
     * @param size the size of the message in bytes
     * @return true if the time of the next acknowledgement has changed
     */
    synchronized boolean received(int size) {
        received++;
        bytes += size;
        boolean first = received == acknowledged + 1;
        if (first) {
            oldest = System.nanoTime();
        }
        return first || bytes >= threshold;
    }

    synchronized long count() {
        return received;
    }

    /**
     * Returns the nanoseconds until the next acknowledgement: zero or less if it is due, {@code
     * Long.MAX_VALUE} if all messages are acknowledged.
     */
    synchronized long untilDue() {
        if (due) {
            return 0;
        }
        if (received == acknowledged) {
            return Long.MAX_VALUE;
        }
        return bytes >= threshold ? 0 : oldest + DELAY - System.nanoTime();
    }

    /** Marks all received messages as acknowledged, and returns their number for the server. */
    synchronized long acknowledge() {
        acknowledged = received;
        bytes = 0;
        due = false;
        return received;
    }
}
