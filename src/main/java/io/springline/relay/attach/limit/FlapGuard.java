package io.springline.relay.attach.limit;

import io.springline.session.limit.LruMap;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;

/**
 * Holds off servers that attach again and again. A server that attaches too often within a minute
 * has to wait: 5 s at first, and twice as long each time, up to 60 s. Five quiet minutes after a
 * wait, it begins again with 5 s. Thread-safe.
 */
public final class FlapGuard {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final long QUIET = Duration.ofMinutes(5).toNanos();
    private static final Duration FIRST_WAIT = Duration.ofSeconds(5);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    private static final int MAX_KNOWN = 10_000;

    private static final class History {
        final ArrayDeque<Long> times = new ArrayDeque<>();
        int waits;
        long until;
    }

    private final int maxPerMinute;
    private final Map<String, History> known = new LruMap<>(MAX_KNOWN);

    public FlapGuard(int maxPerMinute) {
        this.maxPerMinute = maxPerMinute;
    }

    /** Returns how long this server has to wait; zero if it may attach. */
    public synchronized Duration remaining(String server, long now) {
        History history = known.get(server);
        return history == null || history.waits == 0 || now - history.until >= 0
                ? Duration.ZERO
                : Duration.ofNanos(history.until - now);
    }

    /**
     * Records that a server attaches.
     *
     * @return how long it has to wait; zero if it may attach now
     */
    public synchronized Duration attach(String server, long now) {
        Duration remaining = remaining(server, now);
        if (!remaining.isZero()) {
            return remaining;
        }
        History history = known.computeIfAbsent(server, _ -> new History());
        if (history.waits > 0 && now - history.until >= QUIET) {
            history.waits = 0;
        }
        while (!history.times.isEmpty() && now - history.times.getFirst() >= MINUTE) {
            history.times.removeFirst();
        }
        if (history.times.size() < maxPerMinute) {
            history.times.addLast(now);
            return Duration.ZERO;
        }
        Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(history.waits, 10));
        wait = wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
        history.waits++;
        history.until = now + wait.toNanos();
        history.times.clear();
        return wait;
    }
}
