package io.springline.relay.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The resumption state of one event stream: the last event id and the back-off. Not thread-safe.
 */
final class SseResumption {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /** For an upstream whose {@code retry} is less: each stream costs both sides a request. */
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private @Nullable String lastEventId;
    private @Nullable Duration retry;
    private int fruitless;

    /** Records the state of a stream that has ended. */
    void ended(SseReader stream) {
        if (stream.lastEventId() != null) {
            lastEventId = stream.lastEventId();
        }
        if (stream.sawEvent()) {
            fruitless = 0;
        }
        if (stream.retry() != null) {
            retry = stream.retry();
        }
    }

    @Nullable String lastEventId() {
        return lastEventId;
    }

    /** Returns the number of attempts since the last event. */
    int fruitless() {
        return fruitless;
    }

    /**
     * Counts an attempt and returns the pause before it: the upstream's {@code retry}, doubled with
     * each attempt; at least 100 ms and at most one minute.
     */
    Duration nextPause() {
        Duration pause = retry == null ? FIRST : retry;
        Duration first = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
        Duration grown = first.multipliedBy(1L << Math.min(fruitless++, 6));
        return grown.compareTo(LONGEST) > 0 ? LONGEST : grown;
    }
}
