package io.springline.bench;

import io.springline.bench.Way.Dialect;
import java.time.Duration;

/**
 * What a {@link LoadClient} calls.
 *
 * @param title the name in the report
 * @param path of the WebSocket endpoint
 * @param pause between the upgrade and the first message
 * @param tool has one argument, {@code message}, and returns it
 */
record Target(String title, String path, Duration pause, Dialect dialect, String tool) {

    String call() {
        return dialect.call(tool);
    }
}
