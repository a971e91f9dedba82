package io.springline.relay.client;

import java.time.Duration;

/**
 * A token bucket that limits the unsolicited messages of one upstream.
 *
 * <p>Each message has a cost in time. If the accumulated cost exceeds {@link #BURST}, reading
 * pauses. Refused requests cost more, and too many of them close the connection. Thread-safe.
 */
final class InboundThrottle {

    /**
     * The cost of a notification, a ping, a forwarded server request, or a response that matches no
     * request.
     */
    static final Duration MESSAGE = Duration.ofMillis(1);

    /** The cost of a refused server request. */
    static final Duration REFUSAL = Duration.ofMillis(20);

    static final Duration BURST = Duration.ofSeconds(10);

    /**
     * The credit for one request to the upstream: its call may send a hundred messages at no cost.
     */
    private static final Duration CREDIT = Duration.ofMillis(100);

    /**
     * The maximum number of refusals while more than half of the burst is used; after that the
     * connection is closed.
     */
    static final int MAX_REFUSALS = 400;

    private long paidUntil = System.nanoTime();
    private int refusals;

    /** Credits one request to the upstream. */
    synchronized void request() {
        paidUntil -= CREDIT.toNanos();
    }

    /** Charges one message. */
    synchronized void message() {
        charge(MESSAGE);
    }

    /** Charges one refusal. Returns false if the upstream exceeded {@link #MAX_REFUSALS}. */
    synchronized boolean refusal() {
        charge(REFUSAL);
        refusals = waitNanos() > -BURST.toNanos() / 2 ? refusals + 1 : 0;
        return refusals <= MAX_REFUSALS;
    }

    /** Returns the nanoseconds to wait before the next read; zero or less for none. */
    synchronized long waitNanos() {
        return paidUntil - System.nanoTime() - BURST.toNanos();
    }

    private void charge(Duration cost) {
        long now = System.nanoTime();
        paidUntil = (paidUntil - now < 0 ? now : paidUntil) + cost.toNanos();
    }
}
