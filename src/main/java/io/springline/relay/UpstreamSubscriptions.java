package io.springline.relay;

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps an upstream's subscriptions the same as its clients', in the way of its era: of list
 * changes always, of resources while a client wants to hear of them, and of all of that again over
 * a new connection. Changes are sent by one thread, several together while they keep coming: a
 * modern upstream gets one {@code subscriptions/listen} for all resources, which takes the place of
 * the last. Safe for use by many threads.
 */
final class UpstreamSubscriptions implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamSubscriptions.class);
    private static final Duration FOREVER = Duration.ofDays(365);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** After a request that was not answered, or a subscription that the upstream has ended. */
    private static final Duration RETRY = Duration.ofSeconds(10);

    /** For the acknowledgement of a subscription, before the last one is ended. */
    private static final Duration ACKNOWLEDGED_WITHIN = Duration.ofSeconds(2);

    private final String name;
    private final Duration timeout;
    private final Supplier<@Nullable UpstreamConnection> current;
    private final Supplier<Set<String>> wanted;
    private final CoalescedTask sending;
    private volatile CountDownLatch acknowledgement = new CountDownLatch(0);

    // Touched by the sending thread alone.
    private @Nullable UpstreamConnection connection;
    private Set<String> sent = new HashSet<>();

    private volatile @Nullable Thread listening;

    /** The listening thread has ended by itself. */
    private volatile boolean listenAgain;

    /**
     * @param timeout of one request
     * @param current the connection now; null while there is none
     * @param wanted the resources that clients want to hear of now
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

    /** There is a connection, or clients want to hear of other resources. Does not block. */
    void changed() {
        sending.request();
    }

    /** The upstream has acknowledged a subscription. Does not block. */
    void acknowledged() {
        acknowledgement.countDown();
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
                listen(now, all);
                sent = all;
            }
        } else {
            if (first && now.can("logging")) {
                // What clients do not want is left out on the way to them.
                ask(now, "logging/setLevel", "level", "debug");
            }
            subscribe(now);
        }
    }

    private void listen(UpstreamConnection now, Set<String> all) throws InterruptedException {
        Thread before = listening;
        var heard = new CountDownLatch(1);
        acknowledgement = heard;
        listening = Thread.ofVirtual().name("upstream-listen-" + name).start(() -> await(now, all));
        if (before != null && before.isAlive()) {
            // Not both ended at any moment: no change is lost between the two.
            if (!heard.await(ACKNOWLEDGED_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                log.debug("Upstream '{}': subscription not acknowledged", name);
            }
            before.interrupt();
        }
    }

    private void await(UpstreamConnection from, Set<String> all) {
        try {
            from.client().request("subscriptions/listen", filter(all), FOREVER);
        } catch (JsonRpcException e) {
            log.debug("Upstream '{}': subscriptions/listen: {}", name, e.getMessage());
            if (e.error().code() == ErrorCode.METHOD_NOT_FOUND.code()) {
                return;
            }
        } catch (UpstreamException | LostException | NotBegunException e) {
            log.debug("Upstream '{}': subscriptions/listen: {}", name, e.getMessage());
        } catch (InterruptedException e) {
            return; // another has taken its place
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
        Set<String> all = wanted.get();
        for (String uri : all) {
            if (!sent.contains(uri)) {
                if (!ask(now, "resources/subscribe", "uri", uri)) {
                    return;
                }
                sent.add(uri);
            }
        }
        for (String uri : Set.copyOf(sent)) {
            if (!all.contains(uri)) {
                if (!ask(now, "resources/unsubscribe", "uri", uri)) {
                    return;
                }
                sent.remove(uri);
            }
        }
    }

    /** Returns false if there was no answer. */
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
            return false; // all is sent again over the next connection
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
