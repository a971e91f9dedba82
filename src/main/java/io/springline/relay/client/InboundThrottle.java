package io.springline.relay.client;

import java.time.Duration;

/**
 * Slows the reading from one upstream that sends more than this service takes, and decides when to
 * give up on it. A token bucket: every unsolicited message has a cost in time, and {@link #BURST}
 * of it is free. Safe for use by many threads.
 */
final class InboundThrottle {

    /** Of a notification, a ping, a question that is passed on, or an answer that nobody awaits. */
    static final Duration MESSAGE = Duration.ofMillis(1);

    /** Of a question that is refused. */
    static final Duration REFUSAL = Duration.ofMillis(20);

    static final Duration BURST = Duration.ofSeconds(10);

    /** What a request to the upstream adds: its call may send a hundred messages for nothing. */
    private static final Duration CREDIT = Duration.ofMillis(100);

    /** Most refusals while half of the burst is used up; the upstream is then cut off. */
    static final int MAX_REFUSALS = 400;

    private long paidUntil = System.nanoTime();
    private int refusals;

    synchronized void request() {
        paidUntil -= CREDIT.toNanos();
    }

    synchronized void message() {
        charge(MESSAGE);
    }

    /** Returns false if the upstream has ignored refusals for so long that it is to be cut off. */
    synchronized boolean refusal() {
        charge(REFUSAL);
        refusals = waitNanos() > -BURST.toNanos() / 2 ? refusals + 1 : 0;
        return refusals <= MAX_REFUSALS;
    }

    /** How long to wait before the next message is read; zero or less if not at all. */
    synchronized long waitNanos() {
        return paidUntil - System.nanoTime() - BURST.toNanos();
    }

    private void charge(Duration cost) {
        long now = System.nanoTime();
        paidUntil = (paidUntil - now < 0 ? now : paidUntil) + cost.toNanos();
    }
}
