package io.springline.relay.attach.limit;

import io.springline.session.limit.LruMap;
import io.springline.session.limit.Rate;
import io.springline.transport.handshake.ConnectionRates;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Admits servers that attach: a rate of connections per token, and a number of MCP handshakes that
 * run at the same time. If many servers come back at once, it tells the others when to try again,
 * so that they come one after the other. Thread-safe.
 */
public final class AttachAdmission {

    /** The maximum number of handshakes at a time. */
    static final int MAX_HANDSHAKES = 256;

    /** The maximum number for one token, whose servers may all be silent. */
    static final int MAX_HANDSHAKES_PER_TOKEN = 128;

    /** The maximum number of tokens with refused servers; the oldest is forgotten first. */
    private static final int MAX_TOKENS = 10_000;

    private static final long LONGEST_WAIT_NANOS = Duration.ofMinutes(1).toNanos();
    private static final double SECOND = 1e9;

    private final ConnectionRates rates;
    private final long nanosPerServer;
    private final Map<String, Integer> handshakes = new HashMap<>();
    private int running;

    /** Per token, the time at which all servers that were refused would have been admitted. */
    private final Map<String, Long> queuedUntil = new LruMap<>(MAX_TOKENS);

    /**
     * @param rate of connections with one token
     */
    public AttachAdmission(Rate rate) {
        this.rates = new ConnectionRates(rate);
        this.nanosPerServer = Duration.ofSeconds(1).toNanos() / rate.perSecond();
    }

    /** Counts a connection. Returns false if the rate of its token is exceeded. */
    public boolean take(String token, long nowNanos) {
        return rates.take(token, nowNanos);
    }

    /** Returns true if no further handshake with this token may begin. */
    public synchronized boolean isFull(String token) {
        return running >= MAX_HANDSHAKES
                || handshakes.getOrDefault(token, 0) >= MAX_HANDSHAKES_PER_TOKEN;
    }

    /** Counts a handshake that begins. Returns false, and counts nothing, if there are too many. */
    public synchronized boolean begin(String token) {
        if (isFull(token)) {
            return false;
        }
        running++;
        handshakes.merge(token, 1, Integer::sum);
        return true;
    }

    /** A handshake that has begun has ended. */
    public synchronized void end(String token) {
        running--;
        handshakes.computeIfPresent(token, (_, count) -> count == 1 ? null : count - 1);
    }

    /**
     * Returns after how many seconds a refused server should try again. Each further server of a
     * token gets a later time, at the token's rate, up to a minute; a random part doubles it at
     * most.
     */
    public synchronized long retryAfterSeconds(String token, long nowNanos) {
        long queued = Math.max(0, queuedUntil.getOrDefault(token, nowNanos) - nowNanos);
        long wait = Math.min(queued + nanosPerServer, LONGEST_WAIT_NANOS);
        queuedUntil.put(token, nowNanos + wait);
        long seconds = (long) Math.ceil(wait / SECOND);
        return ThreadLocalRandom.current().nextLong(seconds, 2 * seconds + 1);
    }
}
