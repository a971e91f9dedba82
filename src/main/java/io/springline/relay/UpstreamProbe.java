package io.springline.relay;

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
 * Finds out whether an upstream that is connected still answers: by {@code ping}, or {@code
 * server/discover} in the modern era, and if that brings nothing, by the first page of a list,
 * since some servers ignore a ping. Any answer, an error as well, is an answer. A connection over
 * which none comes is given up. Safe for use by many threads.
 */
final class UpstreamProbe implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamProbe.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final String name;
    private final Duration timeout;
    private final UpstreamConnectionHolder slot;
    private final CoalescedTask probing;

    /**
     * @param timeout of one request
     */
    UpstreamProbe(String name, Duration timeout, UpstreamConnectionHolder slot) {
        this.name = name;
        this.timeout = timeout.compareTo(PATIENCE) < 0 ? timeout : PATIENCE;
        this.slot = slot;
        this.probing =
                new CoalescedTask(
                        "upstream-%s probe".formatted(name),
                        SHORTEST_PAUSE,
                        LONGEST_PAUSE,
                        this::probe);
    }

    /** Has the upstream probed, without waiting for it. */
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
                return;
            }
            log.debug("Upstream '{}': {}: {}", name, method, reason);
            boolean waited = System.nanoTime() - asked >= timeout.toNanos();
            busy = waited && open.client().hasCalls();
        }
        // One call at a time is all that some servers do: then silence says nothing.
        if (open.client().isOpen() && !busy) {
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

    /** Returns why there was no answer, or null if there was one. */
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
