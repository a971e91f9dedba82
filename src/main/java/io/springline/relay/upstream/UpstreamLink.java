package io.springline.relay.upstream;

import io.springline.concurrent.CoalescedTask;
import io.springline.mcp.Topic;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.session.Caller;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One connection to an upstream with its lists and subscriptions: the shared one, that of one
 * client session, or that of one caller.
 */
final class UpstreamLink implements UpstreamConnectionHolder.Listener, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(UpstreamLink.class);

    /** The maximum number of queued resource updates; further ones are dropped. */
    private static final int MAX_UPDATED = 1024;

    /** The client session, or the caller with all its sessions, that owns a connection. */
    record Owner(Caller caller, Consumer<Topic> announcer) {}

    /** Receives the events of the connection. */
    interface Observer {

        /** Called when a connection is made, on the thread that made it; must not block. */
        void connected(UpstreamLink link, UpstreamConnection connection);

        /** Called when a list changed, on the thread that read it. */
        void listChanged(UpstreamLink link, CatalogueList list);

        /** Called when the content of a resource changed, on a thread of its own. */
        void resourceUpdated(UpstreamLink link, String uri);
    }

    private final String name;
    private final @Nullable Owner owner;
    private final Observer observer;
    private final UpstreamConnectionHolder slot;
    private final UpstreamLists lists;
    private final UpstreamSubscriptions subscriptions;
    private final UpstreamProbe probe;
    private final Set<String> updated = ConcurrentHashMap.newKeySet();
    private final CoalescedTask announcing;

    /**
     * Creates the link without connecting.
     *
     * @param owner null for the shared connection
     * @param mode whether one client session uses the connection, or several
     * @param capabilities the client capabilities to declare to the upstream
     * @param wanted returns the URIs that clients are subscribed to
     */
    UpstreamLink(
            String name,
            RelayProperties.Upstream spec,
            @Nullable Owner owner,
            Mode mode,
            TransportSource transports,
            ObjectNode capabilities,
            Supplier<Set<String>> wanted,
            UpstreamLists.Filter filter,
            Observer observer) {
        this.name = name;
        this.owner = owner;
        this.observer = observer;
        this.slot = new UpstreamConnectionHolder(name, spec, mode, transports, capabilities, this);
        Supplier<@Nullable UpstreamConnection> current = () -> slot.status().open();
        this.lists =
                new UpstreamLists(
                        name,
                        spec.connectTimeout(),
                        current,
                        filter,
                        list -> observer.listChanged(this, list));
        this.probe = new UpstreamProbe(name, spec.timeout(), slot);
        this.subscriptions = new UpstreamSubscriptions(name, spec.timeout(), current, wanted);
        this.announcing =
                new CoalescedTask(
                        "upstream-%s updates".formatted(name),
                        Duration.ofMillis(1),
                        Duration.ofMillis(250),
                        this::announce);
    }

    UpstreamConnectionHolder slot() {
        return slot;
    }

    UpstreamProbe probe() {
        return probe;
    }

    UpstreamLists lists() {
        return lists;
    }

    /** Returns the owner; null for the shared connection. */
    @Nullable Owner owner() {
        return owner;
    }

    /** Updates the subscriptions at the upstream to those of the clients. Does not block. */
    void subscriptionsChanged() {
        subscriptions.changed();
    }

    @Override
    public void connected(UpstreamConnection connection) {
        observer.connected(this, connection);
        subscriptions.changed();
    }

    @Override
    public void notified(String method, @Nullable ObjectNode params) {
        switch (method) {
            case "notifications/tools/list_changed" -> lists.changed(CatalogueList.TOOLS);
            case "notifications/prompts/list_changed" -> lists.changed(CatalogueList.PROMPTS);
            case "notifications/resources/list_changed" -> {
                lists.changed(CatalogueList.RESOURCES);
                lists.changed(CatalogueList.TEMPLATES);
            }
            case "notifications/resources/updated" -> {
                String uri = params == null ? "" : params.path("uri").asString("");
                if (!uri.isEmpty() && updated.size() < MAX_UPDATED) {
                    updated.add(uri);
                    announcing.request();
                }
            }
            case "notifications/subscriptions/acknowledged" -> subscriptions.acknowledged();
            default -> log.debug("Upstream '{}': ignored {}", name, method);
        }
    }

    private void announce() {
        for (String uri : new HashSet<>(updated)) {
            updated.remove(uri);
            observer.resourceUpdated(this, uri);
        }
    }

    @Override
    public void trouble(String what) {
        log.debug("Upstream '{}': {}", name, what);
    }

    @Override
    public void closed(String reason) {
        log.debug("Upstream '{}': connection closed: {}", name, reason);
    }

    /** Closes the link. Blocks until the connection is closed. */
    @Override
    public void close() {
        lists.close();
        subscriptions.close();
        announcing.close();
        probe.close();
        slot.close();
    }
}
