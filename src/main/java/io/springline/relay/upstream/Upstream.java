package io.springline.relay.upstream;

import io.springline.feature.RequestContext;
import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.mcp.Topic;
import io.springline.relay.auth.CredentialFailures;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.catalogue.MirroredHeaders;
import io.springline.relay.catalogue.ServedTools;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.catalogue.UpstreamCatalogue.Entries;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One upstream server: its connections, its lists, and its subscriptions.
 *
 * <p>While it is not connected, its last known features stay registered.
 */
public final class Upstream implements UpstreamCounters, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Upstream.class);

    /** The maximum number of entries of each list of an upstream that connects by itself. */
    static final int MAX_ATTACHED = 256;

    /** The time that calls of a removed upstream have beyond its timeout. */
    private static final Duration LAST_CALLS = Duration.ofSeconds(15);

    /** Receives changes of the lists and of resources. */
    public interface Observer {
        /** Called once, when the first attempt to read the lists has ended, successful or not. */
        void attempted(Upstream upstream);

        /**
         * Called when lists changed, for all sessions or for one.
         *
         * @return a future that completes when the new lists are registered
         */
        CompletableFuture<Void> catalogueChanged(Upstream upstream);

        /** Called when the content of a resource changed. */
        void resourceUpdated(Upstream upstream, String uri);
    }

    private final String name;
    private final RelayProperties.Upstream spec;
    private final UpstreamCredentials credentials;
    private final StderrRing stderr;
    private final @Nullable UpstreamTracer tracer;
    private final CarriedExtensions extensions;
    private final SubscribedUris subscribed;
    private final UpstreamLink shared;
    private final SessionLinks sessions;
    private final CallerLinks callers;
    private final UpstreamProbe probe;
    private final Map<String, Set<String>> leftOut = new ConcurrentHashMap<>();
    private final AtomicInteger running = new AtomicInteger();
    private final UpstreamKeeper keeper;
    private volatile @Nullable Observer observer;
    private volatile CallListener callListener = (_, _) -> {};

    public Upstream(
            String name,
            RelayProperties.Upstream spec,
            TransportSource transports,
            UpstreamCredentials credentials,
            StderrRing stderr,
            @Nullable UpstreamTracer tracer,
            SubscribedUris subscribed) {
        this.name = name;
        this.spec = spec;
        this.credentials = credentials;
        this.stderr = stderr;
        this.tracer = tracer;
        this.extensions = CarriedExtensions.and(spec.extensions());
        this.subscribed = subscribed;
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
                        this::catalogueChanged);
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
                        this::catalogueChanged);
        this.probe = new UpstreamProbe(name, spec.timeout(), shared.slot());
        this.keeper =
                new UpstreamKeeper(
                        name, spec, credentials.isPerCaller(), shared, sessions, callers, probe);
    }

    @Override
    public String name() {
        return name;
    }

    public UpstreamCredentials credentials() {
        return credentials;
    }

    public RelayProperties.Upstream spec() {
        return spec;
    }

    /** Returns the extensions that pass between clients and this upstream. */
    public CarriedExtensions extensions() {
        return extensions;
    }

    /** Returns the extensions that the upstream has and that pass, with their settings. */
    public ObjectNode offeredExtensions() {
        return extensions.of(catalogue().capabilities());
    }

    public UpstreamCatalogue catalogue() {
        return shared.lists().catalogue();
    }

    /** Returns the lists of sessions that differ from {@link #catalogue}, by session id. */
    public Map<String, UpstreamCatalogue> sessionCatalogues() {
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

    /** Returns the lists of callers, by {@link UpstreamCredentials#key}. */
    public Map<String, UpstreamCatalogue> callerCatalogues() {
        return callers.catalogues();
    }

    /**
     * Connects on behalf of the caller, if the upstream needs that, and waits a short time until
     * its lists are registered.
     *
     * @return why the caller cannot use the upstream; empty if it can
     */
    public Optional<String> prepare(RequestContext context) throws InterruptedException {
        if (credentials.isPerCaller()) {
            try {
                ConsentRequest consent = ConsentRequest.of(this);
                if (consent != null && consent.isMissing(context.caller())) {
                    callers.offer(
                            UpstreamCredentials.key(context.caller()),
                            context,
                            consent.catalogue());
                    return Optional.of(consent.reason());
                }
                callers.prepare(credentials.identity(context.caller()), context);
            } catch (UpstreamException e) {
                String reason = String.valueOf(e.getMessage());
                return Optional.of(
                        reason.startsWith("Upstream ")
                                ? reason
                                : "Upstream '%s': %s".formatted(name, reason));
            }
        }
        return Optional.empty();
    }

    /** Returns false if the upstream has no resources, or if it is kept connected and is down. */
    public boolean mayHaveResources(RequestContext context) {
        if (credentials.isPerCaller()) {
            return callers.catalogue(UpstreamCredentials.key(context.caller()))
                    .can(CatalogueList.RESOURCES.capability());
        }
        UpstreamConnection open = shared.slot().status().open();
        return open != null
                ? open.can(CatalogueList.RESOURCES.capability())
                : !keeper.isKeptConnected()
                        && catalogue().can(CatalogueList.RESOURCES.capability());
    }

    /** Records why entries are left out at an endpoint; logs each new reason. */
    public void leftOut(String endpoint, Set<String> reasons) {
        Set<String> before = leftOut.put(endpoint, Set.copyOf(reasons));
        for (String reason : reasons) {
            if (before == null || !before.contains(reason)) {
                log.warn("Upstream '{}', at /{}: {}", name, endpoint, reason);
            }
        }
    }

    /** Returns the warnings about the lists, for the operator. */
    List<String> warnings() {
        var warnings = new LinkedHashSet<>(catalogue().warnings());
        leftOut.values().forEach(warnings::addAll);
        return List.copyOf(warnings);
    }

    private CompletableFuture<Void> catalogueChanged() {
        Observer told = observer;
        return told == null ? CompletableFuture.completedFuture(null) : told.catalogueChanged(this);
    }

    @Override
    public boolean isUp() {
        return shared.slot().status().isUp() || sessions.isAnyUp() || callers.isAnyUp();
    }

    @Override
    public int connections() {
        return (shared.slot().status().isUp() ? 1 : 0) + sessions.count() + callers.count();
    }

    @Override
    public long restarts() {
        return Math.max(0, shared.slot().status().connects() - 1);
    }

    @Override
    public CredentialFailures credentialFailures() {
        return credentials.failures();
    }

    @Override
    public void onCall(CallListener listener) {
        callListener = listener;
    }

    /** Starts the trace of a call; returns null if tracing is off. */
    public UpstreamTracer.@Nullable Trace trace(String method, ObjectNode params, ObjectNode meta) {
        return tracer == null ? null : tracer.begin(name, spec.url(), method, params, meta);
    }

    /**
     * Records the end of a call, {@code nanos} after it was sent. After a failure the upstream is
     * probed.
     */
    public void ended(long nanos, boolean failed) {
        callListener.ended(nanos, failed);
        if (failed) {
            probe.request();
        }
    }

    /** Returns true if its lists have been read at least once. */
    public boolean hasLists() {
        return keeper.hasLists();
    }

    /** Returns the subscriptions of clients. */
    public SubscribedUris subscribed() {
        return subscribed;
    }

    /** Counts a call; {@link #finished} must follow. */
    public void began() {
        running.incrementAndGet();
    }

    public void finished() {
        running.decrementAndGet();
    }

    /**
     * Closes the upstream when its calls have ended, or at the latest after the time that a call
     * may take. For an upstream that gets no new calls. Does not block.
     */
    public void closeWhenIdle() {
        Thread.ofVirtual()
                .name("upstream-end-" + name)
                .start(() -> {
                    long end = System.nanoTime() + spec.timeout().plus(LAST_CALLS).toNanos();
                    try {
                        // a call may have found the upstream, and not have begun yet
                        do {
                            Thread.sleep(UpstreamKeeper.SWEEP);
                        } while (running.get() > 0 && System.nanoTime() < end);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    close();
                });
    }

    /** Makes the next connection attempt due now, see {@link TransportSource#absence}. */
    public void retryNow() {
        shared.slot().retryNow();
    }

    /** Reads the lists again, if the upstream is connected. Does not block. */
    public void refresh() {
        shared.lists().readAll();
    }

    /** Returns the current state for operators. Never blocks. */
    public UpstreamView view() {
        UpstreamStatus status = shared.slot().status();
        return UpstreamView.of(this, kind(), state(status), status, stderr);
    }

    private String kind() {
        if (isAttached()) {
            return "attached";
        }
        return spec.url() == null ? "stdio" : "http";
    }

    /** Returns true if the upstream connects by itself. */
    private boolean isAttached() {
        return spec.command() == null && spec.url() == null;
    }

    private String state(UpstreamStatus status) {
        if (isUp()) {
            return "up";
        }
        if (status.phase() == Phase.CONNECTING && status.failures() == 0) {
            return "connecting";
        }
        return keeper.isKeptConnected() || status.failures() > 0 ? "down" : "idle";
    }

    /** Starts to connect and to read the lists, without waiting. */
    public void start(Observer observer) {
        this.observer = observer;
        keeper.start(() -> observer.attempted(this));
    }

    /**
     * Returns the connection for a client's request; waits for a running connection attempt up to
     * the request timeout.
     *
     * @param patience the maximum wait for the next attempt, while the upstream is down
     * @throws UpstreamException if there is no connection by then
     */
    public UpstreamConnection connection(RequestContext context, Duration patience)
            throws InterruptedException {
        Duration all = spec.timeout().plus(patience);
        if (credentials.isPerCaller()) {
            return callers.acquire(credentials.identity(context.caller()), context, all, patience);
        }
        return spec.mode() == Mode.SHARED
                ? shared.slot().acquire(all, patience)
                : sessions.acquire(context, all, patience);
    }

    /**
     * Updates subscriptions of a client session.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if a limit is exceeded; nothing is changed
     */
    public void subscriptionsChanged(ResourceSubscriber subscriber, Set<String> uris) {
        boolean changed = subscribed.change(subscriber, uris);
        announceSubscriptions(subscriber.sessionId(), changed);
    }

    /** Removes the subscriptions of a client session that ended. */
    public void subscriberEnded(String session) {
        announceSubscriptions(session, subscribed.end(session));
    }

    private void announceSubscriptions(String session, boolean changed) {
        UpstreamLink own = sessions.bySession().get(session);
        if (own != null) {
            own.subscriptionsChanged();
        }
        callers.subscriptionsChanged(session);
        if (changed && spec.mode() == Mode.SHARED && !credentials.isPerCaller()) {
            shared.subscriptionsChanged();
        }
    }

    /**
     * Returns the list without tools that the filter excludes or whose header annotations are
     * invalid.
     */
    private Entries usable(UpstreamConnection connection, CatalogueList list, Entries read) {
        if (isAttached()) {
            return ServedTools.first(MAX_ATTACHED, read);
        }
        Entries kept = list == CatalogueList.TOOLS ? ServedTools.select(spec.tools(), read) : read;
        return list == CatalogueList.TOOLS && spec.url() != null && connection.version().isModern()
                ? MirroredHeaders.announce(connection.client(), kept)
                : kept;
    }

    @Override
    public void close() {
        keeper.close();
        probe.close();
        shared.close();
        sessions.close();
        callers.close();
    }

    private final class SharedLink implements UpstreamLink.Observer {

        @Override
        public void connected(UpstreamLink link, UpstreamConnection connection) {
            link.lists().readAll().thenRun(keeper::listsRead);
        }

        @Override
        public void listChanged(UpstreamLink link, CatalogueList list) {
            catalogueChanged();
        }

        @Override
        public void resourceUpdated(UpstreamLink link, String uri) {
            Observer told = observer;
            if (told != null) {
                told.resourceUpdated(Upstream.this, uri);
            }
        }
    }

    /** The connection of one caller, with lists of its own. */
    private final class CallerLink implements UpstreamLink.Observer {

        @Override
        public void connected(UpstreamLink link, UpstreamConnection connection) {
            link.lists()
                    .readAll()
                    .thenCompose(_ -> catalogueChanged())
                    .thenRun(() -> callers.listed(link));
        }

        @Override
        public void listChanged(UpstreamLink link, CatalogueList list) {
            catalogueChanged().thenRun(() -> announce(link, list.topic()));
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
    private final class SessionLink implements UpstreamLink.Observer {

        @Override
        public void connected(UpstreamLink link, UpstreamConnection connection) {
            usable(connection, CatalogueList.TOOLS, catalogue().list(CatalogueList.TOOLS));
            link.lists().forget();
        }

        @Override
        public void listChanged(UpstreamLink link, CatalogueList list) {
            catalogueChanged().thenRun(() -> announce(link, list.topic()));
        }

        @Override
        public void resourceUpdated(UpstreamLink link, String uri) {
            // the session is at one of two endpoints, and is subscribed to one of these
            announce(link, new Topic.ResourceUpdated(uri));
            String together = new RelayedUris(name, true).outward(uri);
            if (!together.equals(uri)) {
                announce(link, new Topic.ResourceUpdated(together));
            }
        }
    }
}
