package io.springline.relay.upstream;

import io.springline.feature.RequestContext;
import io.springline.feature.SessionContext;
import io.springline.mcp.Topic;
import io.springline.relay.auth.CallerIdentity;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The connections of an upstream that is called on behalf of its callers: one for each identity,
 * with lists of its own.
 *
 * <p>All sessions and requests of an identity share its connection, also if its token changes. A
 * connection is closed when it is idle. Thread-safe.
 */
final class CallerLinks implements AutoCloseable {

    /** The maximum number of connections of one principal, whose roles may differ. */
    private static final int MAX_PER_PRINCIPAL = 4;

    /** The maximum wait for the lists of an identity, once for each connection. */
    private static final Duration LISTS_WITHIN = Duration.ofSeconds(5);

    /** Creates the connection of an identity, without connecting. */
    interface Factory {

        /**
         * @param wanted returns the URIs that the sessions of the identity are subscribed to
         */
        UpstreamLink create(
                CallerIdentity identity, UpstreamLink.Owner owner, Supplier<Set<String>> wanted);
    }

    /** The connection of one identity. */
    private static final class Entry {

        final CallerIdentity identity;
        final UpstreamLink link;
        final CompletableFuture<Void> listed = new CompletableFuture<>();
        final AtomicBoolean waited = new AtomicBoolean();

        Entry(CallerIdentity identity, UpstreamLink link) {
            this.identity = identity;
            this.link = link;
        }
    }

    /** The lists of an identity that cannot have a connection yet. */
    private static final class Offer {

        final UpstreamCatalogue catalogue;
        volatile long usedNanos = System.nanoTime();

        Offer(UpstreamCatalogue catalogue) {
            this.catalogue = catalogue;
        }
    }

    private final String name;
    private final RelayProperties.Upstream spec;
    private final Factory factory;
    private final SubscribedUris subscribed;
    private final int maxConnections;
    private final Map<String, Entry> byIdentity = new ConcurrentHashMap<>();
    private final Map<String, Offer> offered = new ConcurrentHashMap<>();

    /** The lists of connections that were closed as idle, by identity. */
    private final Map<String, UpstreamCatalogue> kept = new ConcurrentHashMap<>();

    private final CallerSessions sessions = new CallerSessions();

    private final Supplier<CompletableFuture<Void>> changed;
    private volatile boolean closed;

    /**
     * @param changed announces that lists differ; its future completes when they are registered
     */
    CallerLinks(
            String name,
            RelayProperties.Upstream spec,
            Factory factory,
            SubscribedUris subscribed,
            Supplier<CompletableFuture<Void>> changed) {
        this.changed = changed;
        this.name = name;
        this.spec = spec;
        this.factory = factory;
        this.subscribed = subscribed;
        this.maxConnections =
                spec.url() == null ? spec.maxProcesses() : spec.auth().maxPrincipals();
    }

    int count() {
        return byIdentity.size();
    }

    boolean isAnyUp() {
        return byIdentity.values().stream().anyMatch(each -> each.link.slot().status().isUp());
    }

    /** Returns the lists of each identity, by its key. */
    Map<String, UpstreamCatalogue> catalogues() {
        var catalogues = new HashMap<String, UpstreamCatalogue>();
        offered.keySet().forEach(key -> catalogues.put(key, catalogue(key)));
        kept.keySet().forEach(key -> catalogues.put(key, catalogue(key)));
        byIdentity.keySet().forEach(key -> catalogues.put(key, catalogue(key)));
        return catalogues;
    }

    /** Returns the lists of an identity: until a connection has read its own, the last ones. */
    UpstreamCatalogue catalogue(String identity) {
        Entry entry = byIdentity.get(identity);
        UpstreamCatalogue own =
                entry == null ? UpstreamCatalogue.EMPTY : entry.link.lists().catalogue();
        if (own.isComplete()) {
            return own;
        }
        Offer offer = offered.get(identity);
        return offer == null ? kept.getOrDefault(identity, own) : offer.catalogue;
    }

    /**
     * Sets the lists of an identity that cannot have a connection yet, and waits a short time until
     * they are registered. They are removed after the idle timeout, if no session of the identity
     * is open. Of an identity with a connection, the lists stay.
     */
    void offer(String identity, RequestContext context, UpstreamCatalogue catalogue)
            throws InterruptedException {
        if (byIdentity.containsKey(identity)) {
            return;
        }
        Offer known = offered.get(identity);
        if (known == null) {
            if (offered.size() >= maxConnections) {
                return;
            }
            known = offered.putIfAbsent(identity, new Offer(catalogue));
            kept.remove(identity);
        }
        sessions.join(identity, context);
        if (known != null) {
            known.usedNanos = System.nanoTime();
            return;
        }
        try {
            changed.get().get(LISTS_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // the client gets a notification when they are registered
        }
    }

    /** Lets a session receive the changes of its identity. Opens no connection. */
    void join(String identity, SessionContext context) {
        if (sessions.join(identity, context)) {
            Entry known = byIdentity.get(identity);
            if (known != null) {
                known.link.subscriptionsChanged();
            }
        }
    }

    /** Returns the connection of an identity, see {@link UpstreamConnectionHolder#acquire}. */
    UpstreamConnection acquire(
            CallerIdentity identity,
            RequestContext context,
            Duration patience,
            Duration untilAttempt)
            throws InterruptedException {
        Entry entry = entry(identity, context);
        try {
            return entry.link.slot().acquire(patience, untilAttempt);
        } catch (UpstreamException e) {
            if (closed || entry.link.slot().status().phase() != Phase.CLOSED) {
                throw e;
            }
            // it was closed as idle in the meantime
            byIdentity.remove(identity.key(), entry);
            return entry(identity, context).link.slot().acquire(patience, untilAttempt);
        }
    }

    /**
     * Connects for an identity and waits until its lists are registered. If that takes too long,
     * returns, and later calls do not wait: the client gets a notification when they are.
     *
     * @throws UpstreamException if there is no connection
     */
    void prepare(CallerIdentity identity, RequestContext context) throws InterruptedException {
        Entry entry = entry(identity, context);
        if (entry.listed.isDone()) {
            return;
        }
        long deadline = System.nanoTime() + LISTS_WITHIN.toNanos();
        try {
            // without patience, it only starts to connect
            acquire(
                    identity,
                    context,
                    entry.waited.get() ? Duration.ZERO : LISTS_WITHIN,
                    Duration.ZERO);
            if (!entry.waited.get()) {
                entry.listed.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (ExecutionException | TimeoutException e) {
            entry.waited.set(true);
        } finally {
            if (System.nanoTime() - deadline >= 0) {
                entry.waited.set(true);
            }
        }
    }

    /** Records that the lists of a connection are registered. */
    void listed(UpstreamLink link) {
        byIdentity.forEach((key, each) -> {
            if (each.link == link) {
                each.listed.complete(null);
            }
        });
    }

    /** Updates the subscriptions of the identity that a session belongs to. */
    void subscriptionsChanged(String session) {
        byIdentity.forEach((key, each) -> {
            if (sessions.of(key).containsKey(session)) {
                each.link.subscriptionsChanged();
            }
        });
    }

    private Entry entry(CallerIdentity identity, RequestContext context) {
        Entry known = byIdentity.get(identity.key());
        if (known == null || !known.identity.stamp().equals(identity.stamp())) {
            known = replace(identity);
        }
        if (sessions.join(identity.key(), context)) {
            known.link.subscriptionsChanged();
        }
        return known;
    }

    /** Creates the connection of an identity in place of one with an earlier stamp. */
    private Entry replace(CallerIdentity identity) {
        Entry outdated;
        Entry made;
        synchronized (byIdentity) {
            outdated = byIdentity.get(identity.key());
            if (outdated != null && outdated.identity.stamp().equals(identity.stamp())) {
                return outdated;
            }
            if (closed) {
                throw new UpstreamException("Upstream '%s' is closed".formatted(name));
            }
            if (outdated == null) {
                requireRoom(identity);
            }
            made = created(identity);
            byIdentity.put(identity.key(), made);
        }
        if (outdated != null) {
            Thread.startVirtualThread(outdated.link::close);
        }
        return made;
    }

    private Entry created(CallerIdentity identity) {
        String key = identity.key();
        Consumer<Topic> announcer =
                topic -> sessions.of(key).values().forEach(session -> session.accept(topic));
        Supplier<Set<String>> wanted =
                () -> {
                    var uris = new HashSet<String>();
                    sessions.of(key)
                            .keySet()
                            .forEach(session -> uris.addAll(subscribed.of(session)));
                    return uris;
                };
        return new Entry(
                identity,
                factory.create(
                        identity, new UpstreamLink.Owner(identity.caller(), announcer), wanted));
    }

    private void requireRoom(CallerIdentity identity) {
        if (byIdentity.size() >= maxConnections) {
            throw new UpstreamException(
                    "Upstream '%s' already has connections for %d callers, the maximum"
                            .formatted(name, byIdentity.size()));
        }
        String principal = identity.caller().name();
        long own =
                byIdentity.values().stream()
                        .filter(each -> each.identity.caller().name().equals(principal))
                        .count();
        if (own >= MAX_PER_PRINCIPAL) {
            throw new UpstreamException(
                    "Upstream '%s' already has %d connections of this principal, with other roles"
                            .formatted(name, own));
        }
    }

    /**
     * Closes the connections that are idle, and removes offered lists that are. A connection with a
     * running call is not idle. While sessions of its identity are open, its lists stay: otherwise
     * another upstream's tool could get the name of one of its tools.
     */
    void endIdle() {
        boolean unneeded =
                offered.entrySet().removeIf(each -> isUnneeded(each.getKey(), each.getValue()));
        if (kept.keySet().removeIf(this::isUnneeded) | unneeded) {
            changed.get();
        }
        byIdentity.forEach((key, entry) -> {
            if (entry.link.slot().closeIfIdle(spec.idleTimeout())) {
                keepLists(key, entry.link.lists().catalogue());
                byIdentity.remove(key, entry);
                entry.link.close();
            }
        });
    }

    /** The number of kept lists has the same limit as the number of connections. */
    private void keepLists(String identity, UpstreamCatalogue catalogue) {
        if (catalogue.isComplete()
                && (kept.containsKey(identity) || kept.size() < maxConnections)) {
            kept.put(identity, catalogue);
        }
    }

    /** Lists are kept while sessions are open, or until a connection has read its own. */
    private boolean isUnneeded(String identity) {
        Entry entry = byIdentity.get(identity);
        return entry == null
                ? sessions.of(identity).isEmpty()
                : entry.link.lists().catalogue().isComplete();
    }

    private boolean isUnneeded(String identity, Offer offer) {
        return isUnneeded(identity)
                && (byIdentity.containsKey(identity)
                        || System.nanoTime() - offer.usedNanos > spec.idleTimeout().toNanos());
    }

    /** Returns the connections of all identities. */
    Stream<UpstreamLink> all() {
        return byIdentity.values().stream().map(each -> each.link);
    }

    @Override
    public void close() {
        synchronized (byIdentity) {
            closed = true; // no connection is added from now on
        }
        byIdentity.values().stream()
                .map(each -> Thread.startVirtualThread(each.link::close))
                .toList()
                .forEach(CallerLinks::join);
    }

    private static void join(Thread closing) {
        try {
            closing.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
