package io.springline.jsonrpc;

import java.time.Duration;

/** Durations in messages for people: {@code 10 s}, or {@code 1500 ms} if not whole seconds. */
public final class DurationText {

    private DurationText() {}

    public static String of(Duration duration) {
        return ofMillis(duration.toMillis());
    }

    public static String ofMillis(long millis) {
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }
}
