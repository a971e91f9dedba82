package io.springline.client;

import java.time.Duration;

/**
 * Counts what was received in a session, and says when the server wants to hear of it: after a
 * quarter of what it keeps, or a fifth of a second. Safe for use by many threads.
 */
final class Acknowledgements {

    private static final long DELAY = Duration.ofMillis(200).toNanos();

    private long received;
    private long acknowledged;
    private long oldest;
    private long bytes;
    private long threshold;

    /** A new session: the next message is 1. */
    synchronized void restart(long maxBufferedBytes) {
        received = 0;
        acknowledged = 0;
        bytes = 0;
        threshold = maxBufferedBytes / 4;
    }

    /**
     * One message has been dealt with.
     *
     * @return whether the time of the next acknowledgement has changed
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

    /** In nanoseconds; zero or less when it is due, a very long time when there is nothing new. */
    synchronized long untilDue() {
        if (received == acknowledged) {
            return Long.MAX_VALUE;
        }
        return bytes >= threshold ? 0 : oldest + DELAY - System.nanoTime();
    }

    /** What to tell the server now; it counts as told. */
    synchronized long acknowledge() {
        acknowledged = received;
        bytes = 0;
        return received;
    }
}
