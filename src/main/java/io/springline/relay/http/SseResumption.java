package io.springline.relay.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The resumption state of one event stream: the last event id and the back-off. Not thread-safe.
 */
final class SseResumption {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

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
     * each attempt, one minute at most.
     */
    Duration nextPause() {
        Duration pause = retry == null ? FIRST : retry;
        int doublings = Math.min(fruitless++, 6);
        Duration grown =
                doublings == 0
                        ? pause
                        : max(pause, Duration.ofMillis(100)).multipliedBy(1L << doublings);
        return grown.compareTo(LONGEST) > 0 ? LONGEST : grown;
    }

    private static Duration max(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
