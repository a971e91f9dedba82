package io.springline.relay.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where a stream broke off, and how long to wait before asking for the rest. For one thread. */
final class SseResumption {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private @Nullable String lastEventId;
    private @Nullable Duration retry;
    private int fruitless;

    /** Takes in what a stream that has ended told about itself. */
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

    /** Attempts since a stream last brought an event. */
    int fruitless() {
        return fruitless;
    }

    /** Counts an attempt: what the upstream asked for first, then twice as long each time. */
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
