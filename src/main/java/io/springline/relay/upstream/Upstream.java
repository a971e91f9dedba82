package io.springline.relay.upstream;

import io.springline.concurrent.SharedThread;
import io.springline.feature.RequestContext;
import io.springline.feature.SessionContext;
import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.relay.auth.CredentialFailures;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import io.springline.session.Caller;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One upstream server: its credentials, its subscriptions, its state for operators. {@link
 * UpstreamLinks} has its connections and their lists.
 *
 * <p>While it is not connected, its last known features stay registered.
 */
public final class Upstream implements UpstreamCounters, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Upstream.class);

    /** The time after which a running attempt to connect is shown as trouble. */
    private static final Duration SLOW_HANDSHAKE = Duration.ofSeconds(3);

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
    private final UpstreamLinks links;
    private final Map<String, Set<String>> leftOut = new ConcurrentHashMap<>();
    private final RunningCalls running = new RunningCalls();
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
        this.links =
                new UpstreamLinks(
                        name,
                        spec,
                        credentials.isPerCaller(),
                        transports,
                        extensions,
                        subscribed,
                        new Changes());
        this.keeper = new UpstreamKeeper(name, spec, credentials.isPerCaller(), links);
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
        return links.shared().lists().catalogue();
    }

    /** Returns the lists that this caller is offered. */
    public UpstreamCatalogue catalogue(Caller caller) {
        return credentials.isPerCaller()
                ? links.callers().catalogue(UpstreamCredentials.key(caller))
                : catalogue();
    }

    /** Returns the lists of sessions that differ from {@link #catalogue}, by session id. */
    public Map<String, UpstreamCatalogue> sessionCatalogues() {
        return links.sessionCatalogues();
    }

    /** Returns the lists of callers, by {@link UpstreamCredentials#key}. */
    public Map<String, UpstreamCatalogue> callerCatalogues() {
        return links.callers().catalogues();
    }

    /** Lets the session of a caller receive changes, for an upstream that differs by caller. */
    public void join(SessionContext session) {
        links.callers().join(UpstreamCredentials.key(session.caller()), session);
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
                    String key = UpstreamCredentials.key(context.caller());
                    links.callers().offer(key, context, consent.catalogue());
                    return Optional.of(consent.reason());
                }
                links.callers().prepare(credentials.identity(context.caller()), context);
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
            return catalogue(context.caller()).can(CatalogueList.RESOURCES.capability());
        }
        UpstreamConnection open = links.shared().slot().status().open();
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

    @Override
    public boolean isUp() {
        return links.isAnyUp();
    }

    @Override
    public int connections() {
        return links.count();
    }

    @Override
    public long restarts() {
        return Math.max(0, links.shared().slot().status().connects() - 1);
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

    /** Records the end of a call, {@code nanos} after it was sent. */
    public void ended(long nanos, boolean failed) {
        callListener.ended(nanos, failed);
    }

    /** Probes the connection of a call that has failed. Does not block. */
    public void probe(UpstreamClient client) {
        links.probe(client);
    }

    /**
     * Returns why the lists have not been read since the start. Empty if they have been, if they
     * differ by caller, or if the upstream connects by itself.
     */
    public Optional<String> whyUnread() {
        UpstreamStatus status = links.shared().slot().status();
        if (hasLists() || credentials.isPerCaller() || spec.isAttached()) {
            return Optional.empty();
        }
        return Optional.of(status.whyNotConnected(name, System.nanoTime()));
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
        running.began();
    }

    public void finished() {
        running.finished();
    }

    /**
     * Closes the upstream when its calls have ended, or at the latest after the time that a call
     * may take. For an upstream that gets no new calls. Does not block.
     */
    public void closeWhenIdle() {
        Thread.ofVirtual()
                .name("upstream-end-" + name)
                .start(() -> {
                    try {
                        running.awaitEnd(spec.timeout());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    close();
                });
    }

    /** Makes the next connection attempt due now, see {@link TransportSource#absence}. */
    public void retryNow() {
        links.shared().slot().retryNow();
    }

    /** Reads the lists again, if the upstream is connected. Does not block. */
    public void refresh() {
        links.shared().lists().readAll();
    }

    /** Returns the current state for operators. Never blocks. */
    public UpstreamView view() {
        UpstreamConnectionHolder slot = links.shared().slot();
        UpstreamStatus status = slot.status();
        return UpstreamView.of(this, state(status), status, slot.waitsFor(SLOW_HANDSHAKE), stderr);
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
     * the request timeout. On a {@link SharedThread}, it does not wait.
     *
     * @param patience the maximum wait for the next attempt, while the upstream is down
     * @throws UpstreamException if there is no connection by then
     */
    public UpstreamConnection connection(RequestContext context, Duration patience)
            throws InterruptedException {
        Duration all = SharedThread.isCurrent() ? Duration.ZERO : spec.timeout().plus(patience);
        return credentials.isPerCaller()
                ? links.callers()
                        .acquire(credentials.identity(context.caller()), context, all, patience)
                : links.acquire(context, all, patience);
    }

    /** Returns true if requests can be sent on a {@link SharedThread}. */
    public boolean isNonBlocking() {
        return !spec.isAttached() && spec.mode() == Mode.SHARED && !credentials.isPerCaller();
    }

    /**
     * Updates subscriptions of a client session.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if a limit is exceeded; nothing is changed
     */
    public void subscriptionsChanged(ResourceSubscriber subscriber, Set<String> uris) {
        links.subscriptionsChanged(subscriber.sessionId(), subscribed.change(subscriber, uris));
    }

    /** Sends the subscriptions of all sessions to the upstream again. Does not block. */
    public void refreshSubscriptions() {
        links.shared().subscriptionsChanged();
    }

    /** Removes the subscriptions of a client session that ended. */
    public void subscriberEnded(String session) {
        links.subscriptionsChanged(session, subscribed.end(session));
    }

    @Override
    public void close() {
        keeper.close();
        links.close();
    }

    /** Passes changes on to the observer. */
    private final class Changes implements UpstreamLinks.Listener {

        @Override
        public CompletableFuture<Void> catalogueChanged() {
            Observer current = observer;
            return current == null
                    ? CompletableFuture.completedFuture(null)
                    : current.catalogueChanged(Upstream.this);
        }

        @Override
        public void resourceUpdated(String uri) {
            Observer current = observer;
            if (current != null) {
                current.resourceUpdated(Upstream.this, uri);
            }
        }

        @Override
        public void listsRead() {
            keeper.listsRead();
        }
    }
}
