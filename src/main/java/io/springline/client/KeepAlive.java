package io.springline.client;

import io.springline.jsonrpc.DurationText;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Detects dead connections: sends pings, and drops the connection if no frame arrives within the
 * timeout after a ping.
 */
final class KeepAlive {

    private final Duration interval;
    private final Duration timeout;

    KeepAlive(Duration interval, Duration timeout) {
        this.interval = interval;
        this.timeout = timeout;
    }

    /**
     * Monitors a connection until it ends, on a new virtual thread.
     *
     * @param position returns the payload of each ping, see {@link WebSocketLink#ping}
     */
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
                    link.abort(
                            "the server has not responded to a ping within "
                                    + DurationText.of(timeout));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
