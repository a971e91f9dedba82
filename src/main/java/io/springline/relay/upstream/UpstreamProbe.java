package io.springline.relay.upstream;

import io.springline.concurrent.CoalescedTask;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.LostException;
import io.springline.relay.client.NotBegunException;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A liveness check for one connected upstream.
 *
 * <p>It sends {@code ping}, or {@code server/discover} to a modern upstream. If there is no
 * response, it requests the first page of a list, because some servers ignore {@code ping}. Any
 * response counts, errors included. If there is none, the connection is closed. Thread-safe.
 */
final class UpstreamProbe implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamProbe.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final String name;
    private final Duration timeout;
    private final Duration longestCall;
    private final UpstreamConnectionHolder slot;
    private final CoalescedTask probing;

    /** Probes in a row without an answer; used by the probing thread only. */
    private int silences;

    /**
     * Creates the probe.
     *
     * @param timeout of one request; limited to 10 s for those of the probe
     */
    UpstreamProbe(String name, Duration timeout, UpstreamConnectionHolder slot) {
        this.name = name;
        this.timeout = timeout.compareTo(PATIENCE) < 0 ? timeout : PATIENCE;
        this.longestCall = timeout.plus(this.timeout);
        this.slot = slot;
        this.probing =
                new CoalescedTask(
                        "upstream-%s probe".formatted(name),
                        SHORTEST_PAUSE,
                        LONGEST_PAUSE,
                        this::probe);
    }

    /** Requests a probe, without waiting for it. */
    void request() {
        probing.request();
    }

    private void probe() throws InterruptedException {
        UpstreamConnection open = slot.status().open();
        if (open == null) {
            return;
        }
        String reason = null;
        boolean busy = false;
        for (String method : methods(open)) {
            long asked = System.nanoTime();
            reason = silence(open, method);
            if (reason == null) {
                silences = 0;
                return;
            }
            log.debug("Upstream '{}': {}: {}", name, method, reason);
            boolean waited = System.nanoTime() - asked >= timeout.toNanos();
            busy =
                    waited
                            && open.client().hasCalls()
                            && open.client().silence().compareTo(longestCall) < 0;
        }
        // some servers process one call at a time, so silence during a call is no failure; but not
        // silence for longer than a call may take, however many calls are waiting
        if (open.client().isOpen() && !busy && silences++ >= slot.toleratedSilences()) {
            silences = 0;
            slot.abandon(open, "it no longer answers: " + reason);
        }
    }

    private static List<String> methods(UpstreamConnection open) {
        var methods = new ArrayList<String>();
        methods.add(open.version().isModern() ? "server/discover" : "ping");
        for (CatalogueList list : CatalogueList.values()) {
            if (open.can(list.capability())) {
                methods.add(list.method());
                break;
            }
        }
        return methods;
    }

    /** Returns the reason if there is no response, null if there is one. */
    private @Nullable String silence(UpstreamConnection open, String method)
            throws InterruptedException {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        if (open.version().isModern()) {
            params.set("_meta", RelayMeta.modern(JsonNodeFactory.instance.objectNode()));
        }
        try {
            open.client().request(method, params, timeout);
            return null;
        } catch (JsonRpcException e) {
            return null;
        } catch (UpstreamException | LostException | NotBegunException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public void close() {
        probing.close();
    }
}
