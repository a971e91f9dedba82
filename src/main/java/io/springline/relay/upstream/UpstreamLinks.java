package io.springline.relay.upstream;

import io.springline.feature.RequestContext;
import io.springline.mcp.Topic;
import io.springline.relay.catalogue.MirroredHeaders;
import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.catalogue.ServedTools;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one upstream, each with its lists: the shared one, those of client sessions,
 * and those of callers. Decides which of them serves a request, and who learns of its changes.
 * Thread-safe.
 */
final class UpstreamLinks implements AutoCloseable {

    /** The maximum number of entries of each list of an upstream that connects by itself. */
    private static final int MAX_ATTACHED = 256;

    /** Receives changes of the lists and of resources. */
    interface Listener {

        /**
         * Called when lists changed, for all sessions or for one.
         *
         * @return a future that completes when the new lists are registered
         */
        CompletableFuture<Void> catalogueChanged();

        /** Called when the content of a resource changed at the shared connection. */
        void resourceUpdated(String uri);

        /** Called when the reads of all lists from the shared connection have ended. */
        void listsRead();
    }

    private final String name;
    private final RelayProperties.Upstream spec;
    private final boolean perCaller;
    private final Listener listener;
    private final UpstreamLink shared;
    private final SessionLinks sessions;
    private final CallerLinks callers;

    /**
     * Creates the connections without connecting.
     *
     * @param perCaller whether the credential differs by caller; then each caller has a connection
     *     of its own
     */
    UpstreamLinks(
            String name,
            RelayProperties.Upstream spec,
            boolean perCaller,
            TransportSource transports,
            CarriedExtensions extensions,
            SubscribedUris subscribed,
            Listener listener) {
        this.name = name;
        this.spec = spec;
        this.perCaller = perCaller;
        this.listener = listener;
        this.shared =
                new UpstreamLink(
                        name,
                        spec,
                        null,
                        Mode.SHARED,
                        transports,
                        RelayMeta.clientCapabilities(extensions),
                        subscribed::all,
                        this::usable,
                        new SharedLink());
        this.sessions =
                new SessionLinks(
                        name,
                        spec,
                        (context, owner) ->
                                new UpstreamLink(
                                        name,
                                        spec,
                                        owner,
                                        Mode.PER_SESSION,
                                        transports,
                                        SessionLinks.declaredBy(context, extensions),
                                        () -> subscribed.of(context.sessionId()),
                                        this::usable,
                                        new SessionLink()),
                        listener::catalogueChanged);
        this.callers =
                new CallerLinks(
                        name,
                        spec,
                        (identity, owner, wanted) ->
                                new UpstreamLink(
                                        name,
                                        spec,
                                        owner,
                                        Mode.SHARED,
                                        transports.actingFor(identity.caller()),
                                        RelayMeta.clientCapabilities(extensions),
                                        wanted,
                                        this::usable,
                                        new CallerLink()),
                        subscribed,
                        listener::catalogueChanged);
    }

    /** Returns the connection that all callers share. */
    UpstreamLink shared() {
        return shared;
    }

    SessionLinks sessions() {
        return sessions;
    }

    CallerLinks callers() {
        return callers;
    }

    /** Requests a probe of the connection of this client. */
    void probe(UpstreamClient client) {
        Stream.of(Stream.of(shared), sessions.bySession().values().stream(), callers.all())
                .flatMap(each -> each)
                .filter(each -> isOf(client, each.slot().status().open()))
                .forEach(each -> each.probe().request());
    }

    private static boolean isOf(UpstreamClient client, @Nullable UpstreamConnection connection) {
        return connection != null && connection.client() == client;
    }

    boolean isAnyUp() {
        return shared.slot().status().isUp() || sessions.isAnyUp() || callers.isAnyUp();
    }

    /** Returns the current number of processes or HTTP sessions. */
    int count() {
        return (shared.slot().status().isUp() ? 1 : 0) + sessions.count() + callers.count();
    }

    /** Returns the lists of sessions that differ from those of the shared connection. */
    Map<String, UpstreamCatalogue> sessionCatalogues() {
        var catalogues = new HashMap<String, UpstreamCatalogue>();
        sessions.bySession()
                .forEach((session, link) -> {
                    UpstreamCatalogue own = link.lists().catalogue();
                    if (!own.lists().isEmpty()) {
                        catalogues.put(session, own);
                    }
                });
        return catalogues;
    }

    /**
     * Returns the connection for a client's request to an upstream that is not called on behalf of
     * its callers, see {@link UpstreamConnectionHolder#acquire}.
     */
    UpstreamConnection acquire(RequestContext context, Duration patience, Duration untilAttempt)
            throws InterruptedException {
        return spec.mode() == Mode.SHARED
                ? shared.slot().acquire(patience, untilAttempt)
                : sessions.acquire(context, patience, untilAttempt);
    }

    /**
     * Updates the subscriptions of a session at the upstream. Does not block.
     *
     * @param changed whether the URIs of all sessions together have changed
     */
    void subscriptionsChanged(String session, boolean changed) {
        UpstreamLink own = sessions.bySession().get(session);
        if (own != null) {
            own.subscriptionsChanged();
        }
        callers.subscriptionsChanged(session);
        if (changed && spec.mode() == Mode.SHARED && !perCaller) {
            shared.subscriptionsChanged();
        }
    }

    /**
     * Returns the list without tools that the filter excludes or whose header annotations are
     * invalid.
     */
    private Entries usable(UpstreamConnection connection, CatalogueList list, Entries read) {
        if (spec.isAttached()) {
            return ServedTools.first(MAX_ATTACHED, read);
        }
        Entries kept = list == CatalogueList.TOOLS ? ServedTools.select(spec.tools(), read) : read;
        return list == CatalogueList.TOOLS && spec.url() != null && connection.version().isModern()
                ? MirroredHeaders.announce(connection.client(), kept)
                : kept;
    }

    /** Closes all connections. Blocks until they are closed. */
    @Override
    public void close() {
        shared.close();
        sessions.close();
        callers.close();
    }

    /** A connection whose changed lists are registered, and then announced to its owner. */
    private abstract class AnyLink implements UpstreamLink.Observer {

        @Override
        public void listChanged(UpstreamLink link, CatalogueList list) {
            listener.catalogueChanged().thenRun(() -> announce(link, list.topic()));
        }
    }

    private final class SharedLink extends AnyLink {

        @Override
        public void connected(UpstreamLink link, UpstreamConnection connection) {
            link.lists().readAll().thenRun(listener::listsRead);
        }

        @Override
        public void resourceUpdated(UpstreamLink link, String uri) {
            listener.resourceUpdated(uri);
        }
    }

    /** The connection of one caller, with lists of its own. */
    private final class CallerLink extends AnyLink {

        @Override
        public void connected(UpstreamLink link, UpstreamConnection connection) {
            link.lists()
                    .readAll()
                    .thenCompose(_ -> listener.catalogueChanged())
                    .thenRun(() -> callers.listed(link));
        }

        @Override
        public void resourceUpdated(UpstreamLink link, String uri) {
            announce(link, new Topic.ResourceUpdated(uri));
        }
    }

    private static void announce(UpstreamLink link, Topic topic) {
        UpstreamLink.Owner owner = link.owner();
        if (owner != null) {
            owner.announcer().accept(topic);
        }
    }

    /**
     * The connection of one session. Its lists are the shared ones until its own process sends a
     * change notification.
     */
    private final class SessionLink extends AnyLink {

        @Override
        public void connected(UpstreamLink link, UpstreamConnection connection) {
            usable(
                    connection,
                    CatalogueList.TOOLS,
                    shared.lists().catalogue().list(CatalogueList.TOOLS));
            link.lists().forget();
        }

        @Override
        public void resourceUpdated(UpstreamLink link, String uri) {
            // the session is at one of two endpoints, and is subscribed to one of these
            announce(link, new Topic.ResourceUpdated(uri));
            String together = RelayedUris.together(name).outward(uri);
            if (!together.equals(uri)) {
                announce(link, new Topic.ResourceUpdated(together));
            }
        }
    }
}
