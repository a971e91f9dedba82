package io.springline.jsonrpc.sse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The resumption state of one event stream: the last event id and the back-off. Not thread-safe.
 */
public final class SseResumption {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /** For a server whose {@code retry} is less: each stream costs both sides a request. */
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private @Nullable String lastEventId;
    private @Nullable Duration retry;
    private int fruitless;

    /** Records the state of a stream that has ended. */
    public void ended(SseReader stream) {
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

    public @Nullable String lastEventId() {
        return lastEventId;
    }

    /** Returns the number of attempts since the last event. */
    public int fruitless() {
        return fruitless;
    }

    /** Returns the server's {@code retry}, at least 100 ms; one second if it has sent none. */
    public Duration pause() {
        Duration pause = retry == null ? FIRST : retry;
        return pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
    }

    /**
     * Counts an attempt and returns the pause before it: {@link #pause}, doubled with each attempt;
     * at most one minute.
     */
    public Duration nextPause() {
        Duration grown = pause().multipliedBy(1L << Math.min(fruitless++, 6));
        return grown.compareTo(LONGEST) > 0 ? LONGEST : grown;
    }
}
