package io.springline.transport.websocket;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Spreads the pings of connections that were opened at the same time, since all their pongs would
 * arrive at the same time, too, and calls would wait behind them. The first ping of a connection
 * comes after one half to all of the interval, and the pings of one tick are sent in equal shares.
 * Not thread-safe.
 */
final class PingSchedule<C> {

    private final long intervalNanos;
    private final int sharesPerTick;
    private final Queue<C> due = new ArrayDeque<>();
    private int share;

    PingSchedule(long intervalNanos, int sharesPerTick) {
        this.intervalNanos = intervalNanos;
        this.sharesPerTick = sharesPerTick;
    }

    /** Adds a connection if its ping is due. To be called once in each tick, before the shares. */
    void addIfDue(C connection, KeepAlive life, long now) {
        long interval = life.wasPinged() ? intervalNanos : untilFirst(connection);
        if (!life.awaitsPong() && life.sincePing(now) >= interval) {
            due.add(connection);
            share = Math.ceilDiv(due.size(), sharesPerTick);
        }
    }

    /** Passes on one share of the connections that are due. */
    void nextShare(Consumer<C> ping) {
        for (int i = 0; i < share && !due.isEmpty(); i++) {
            ping.accept(due.remove());
        }
    }

    /** Passes on all connections that are due. To be called at the end of each tick. */
    void rest(Consumer<C> ping) {
        share = due.size();
        nextShare(ping);
    }

    /** Returns a part of the interval that depends on the connection alone, half of it at least. */
    private long untilFirst(C connection) {
        // Fibonacci hashing: similar hash codes, too, give times that are far apart.
        long half = intervalNanos / 2;
        return intervalNanos
                - Math.floorMod(connection.hashCode() * 0x9E37_79B9_7F4A_7C15L, half + 1);
    }
}
