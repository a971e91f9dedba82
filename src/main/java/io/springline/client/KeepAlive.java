package io.springline.client;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Finds out that a connection is dead although nobody says so: pings, and any frame is a sign of
 * life.
 */
final class KeepAlive {

    private final Duration interval;
    private final Duration timeout;

    KeepAlive(Duration interval, Duration timeout) {
        this.interval = interval;
        this.timeout = timeout;
    }

    /** Watches over a connection until it ends, in a thread of its own. */
    void start(WebSocketLink link, LongSupplier position) {
        Thread.ofVirtual().name("mcp-heartbeat").start(() -> watch(link, position));
    }

    private void watch(WebSocketLink link, LongSupplier position) {
        try {
            while (!link.awaitEnd(interval)) {
                long before = link.frames();
                link.ping(position.getAsLong());
                if (link.awaitEnd(timeout)) {
                    return;
                }
                if (link.frames() == before && !link.isHeldBack()) {
                    link.abort("no sign of life within " + timeout);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
