package io.springline.relay.upstream;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.springline.concurrent.CoalescedTask;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.relay.client.LostException;
import io.springline.relay.client.NotBegunException;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The subscriptions at one upstream, kept equal to those of the clients.
 *
 * <p>List changes are always subscribed; resources while a client is subscribed to them. All
 * subscriptions are renewed on a new connection. Changes are sent by one thread and merged: a
 * modern upstream gets one {@code subscriptions/listen} for all resources, which replaces the
 * previous one. Thread-safe.
 */
final class UpstreamSubscriptions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamSubscriptions.class);
    private static final Duration FOREVER = Duration.ofDays(365);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** The delay after a request without a response, or after the upstream ended a subscription. */
    private static final Duration RETRY = Duration.ofSeconds(10);

    /**
     * The maximum wait for the acknowledgement of a subscription before the previous one is ended.
     */
    private static final Duration ACKNOWLEDGED_WITHIN = Duration.ofSeconds(2);

    private final String name;
    private final Duration timeout;
    private final Supplier<@Nullable UpstreamConnection> current;
    private final Supplier<Set<String>> wanted;
    private final CoalescedTask sending;
    private volatile CompletableFuture<Boolean> acknowledgement = new CompletableFuture<>();

    // used by the sending thread only
    private @Nullable UpstreamConnection connection;
    private Set<String> sent = new HashSet<>();

    private volatile @Nullable Thread listening;

    /** True if the listening thread ended without being interrupted. */
    private volatile boolean listenAgain;

    /**
     * Creates the subscriptions; {@link #changed} sends them.
     *
     * @param timeout of one request
     * @param current returns the connection; null if there is none
     * @param wanted returns the URIs that clients are subscribed to
     */
    UpstreamSubscriptions(
            String name,
            Duration timeout,
            Supplier<@Nullable UpstreamConnection> current,
            Supplier<Set<String>> wanted) {
        this.name = name;
        this.timeout = timeout;
        this.current = current;
        this.wanted = wanted;
        this.sending =
                new CoalescedTask(
                        "upstream-%s subscriptions".formatted(name),
                        SHORTEST_PAUSE,
                        LONGEST_PAUSE,
                        this::send);
    }

    /**
     * Requests an update, after a new connection or a change of the clients' subscriptions. Does
     * not block.
     */
    void changed() {
        sending.request();
    }

    /** Records that the upstream acknowledged a subscription. Does not block. */
    void acknowledged() {
        acknowledgement.complete(true);
    }

    private void send() throws InterruptedException {
        UpstreamConnection now = current.get();
        if (now == null) {
            return;
        }
        boolean first = now != connection;
        if (first) {
            connection = now;
            sent = new HashSet<>();
        }
        if (now.version().isModern()) {
            Set<String> all = wanted.get();
            if (first || listenAgain || !all.equals(sent)) {
                listenAgain = false;
                if (listen(now, all)) {
                    sent = all;
                }
            }
        } else {
            if (first && now.can("logging")) {
                // messages below a client's level are dropped before they are sent to it
                ask(now, "logging/setLevel", "level", "debug");
            }
            subscribe(now);
        }
    }

    /**
     * Subscribes to the resources and to list changes, in place of the previous subscription.
     * Returns false if the upstream refuses that, perhaps because there are too many resources. The
     * previous subscription then stays; without one, there is one to list changes only.
     */
    private boolean listen(UpstreamConnection now, Set<String> all) throws InterruptedException {
        Thread before = listening;
        var accepted = new CompletableFuture<Boolean>();
        Thread next = start(now, all, accepted);
        listening = next;
        boolean refused =
                !accepted.completeOnTimeout(true, ACKNOWLEDGED_WITHIN.toMillis(), MILLISECONDS)
                        .join();
        if (!refused) {
            // one subscription is always active, so that no change is lost
            if (before != null) {
                before.interrupt();
            }
        } else if (before != null && before.isAlive()) {
            listening = before;
        } else if (!all.isEmpty()) {
            listening = start(now, Set.of(), new CompletableFuture<>());
        }
        return !refused;
    }

    /**
     * Subscribes on a thread that waits for the end of the subscription.
     *
     * @param accepted completes with false if the upstream refuses, with true at its next
     *     acknowledgement, or if it has no subscriptions
     */
    private Thread start(
            UpstreamConnection now, Set<String> all, CompletableFuture<Boolean> accepted) {
        acknowledgement = accepted;
        return Thread.ofVirtual()
                .name("upstream-listen-" + name)
                .start(() -> {
                    await(now, all, accepted);
                    accepted.complete(false);
                });
    }

    private void await(
            UpstreamConnection from, Set<String> all, CompletableFuture<Boolean> accepted) {
        try {
            from.client().request("subscriptions/listen", filter(all), FOREVER);
        } catch (JsonRpcException e) {
            log.debug("Upstream '{}': subscriptions/listen: {}", name, e.getMessage());
            if (e.error().code() == ErrorCode.METHOD_NOT_FOUND.code()) {
                accepted.complete(true); // not to be repeated
                return;
            }
        } catch (UpstreamException | LostException | NotBegunException e) {
            log.debug("Upstream '{}': subscriptions/listen: {}", name, e.getMessage());
        } catch (InterruptedException e) {
            return; // replaced by another subscription
        }
        if (from.client().isOpen()) {
            listenAgain = true;
            sending.requestAfter(RETRY);
        }
    }

    private static ObjectNode filter(Set<String> all) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("_meta", RelayMeta.modern(JsonNodeFactory.instance.objectNode()));
        ObjectNode filter = params.putObject("notifications");
        filter.put("toolsListChanged", true);
        filter.put("promptsListChanged", true);
        filter.put("resourcesListChanged", true);
        if (!all.isEmpty()) {
            var uris = filter.putArray("resourceSubscriptions");
            all.stream().sorted().forEach(uris::add);
        }
        return params;
    }

    private void subscribe(UpstreamConnection now) throws InterruptedException {
        if (!now.capabilities().path("resources").path("subscribe").asBoolean(false)) {
            return;
        }
        // A URI that is not answered does not keep the others from being sent.
        Set<String> all = wanted.get();
        for (String uri : all) {
            if (!sent.contains(uri) && ask(now, "resources/subscribe", "uri", uri)) {
                sent.add(uri);
            }
        }
        for (String uri : Set.copyOf(sent)) {
            if (!all.contains(uri) && ask(now, "resources/unsubscribe", "uri", uri)) {
                sent.remove(uri);
            }
        }
    }

    /** Sends a request; returns false if there is no response. */
    private boolean ask(UpstreamConnection now, String method, String member, String value)
            throws InterruptedException {
        try {
            ObjectNode params = JsonNodeFactory.instance.objectNode().put(member, value);
            now.client().request(method, params, timeout);
        } catch (JsonRpcException e) {
            log.debug("Upstream '{}': {} refused: {}", name, method, e.getMessage());
        } catch (UpstreamException e) {
            log.debug("Upstream '{}': {}: {}", name, method, e.getMessage());
            sending.requestAfter(RETRY);
            return false;
        } catch (LostException | NotBegunException e) {
            return false; // all subscriptions are renewed on the next connection
        }
        return true;
    }

    @Override
    public void close() {
        sending.close();
        Thread last = listening;
        if (last != null) {
            last.interrupt();
        }
    }
}
