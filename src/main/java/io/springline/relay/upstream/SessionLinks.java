package io.springline.relay.upstream;

import io.springline.feature.RequestContext;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import io.springline.session.Caller;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The connections of an upstream with {@code mode: per-session}: one for each client session that
 * has called it.
 *
 * <p>A connection is closed when its session ends, or when it is idle. Thread-safe.
 */
final class SessionLinks implements AutoCloseable {

    private final String name;
    private final RelayProperties.Upstream spec;
    private final BiFunction<RequestContext, UpstreamLink.Owner, UpstreamLink> create;
    private final Runnable listsChanged;
    private final Map<String, UpstreamLink> links = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * Creates an empty set of connections.
     *
     * @param create creates the connection of a session
     * @param listsChanged called when a session with lists of its own has ended
     */
    SessionLinks(
            String name,
            RelayProperties.Upstream spec,
            BiFunction<RequestContext, UpstreamLink.Owner, UpstreamLink> create,
            Runnable listsChanged) {
        this.name = name;
        this.spec = spec;
        this.create = create;
        this.listsChanged = listsChanged;
    }

    /**
     * Returns the client capabilities to declare to the upstream: those that the client has and the
     * relay can forward.
     */
    static ObjectNode declaredBy(RequestContext context, CarriedExtensions extensions) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        ObjectNode carried = extensions.of(context.capabilities().json());
        if (!carried.isEmpty()) {
            capabilities.set(CarriedExtensions.MEMBER, carried);
        }
        for (String member : List.of("sampling", "elicitation", "roots")) {
            if (context.capabilities().json().path(member) instanceof ObjectNode declared) {
                capabilities.set(member, declared);
            }
        }
        return capabilities;
    }

    /** Returns the connections, by session id. */
    Map<String, UpstreamLink> bySession() {
        return links;
    }

    int count() {
        return links.size();
    }

    boolean isAnyUp() {
        return links.values().stream().anyMatch(link -> link.slot().status().isUp());
    }

    /** Returns the connection of a session, see {@link UpstreamConnectionHolder#acquire}. */
    UpstreamConnection acquire(RequestContext context, Duration patience, Duration untilAttempt)
            throws InterruptedException {
        UpstreamLink link = link(context);
        try {
            return link.slot().acquire(patience, untilAttempt);
        } catch (UpstreamException e) {
            if (closed || link.slot().status().phase() != Phase.CLOSED) {
                throw e;
            }
            // it was closed as idle in the meantime
            links.remove(context.sessionId(), link);
            return link(context).slot().acquire(patience, untilAttempt);
        }
    }

    private UpstreamLink link(RequestContext context) {
        UpstreamLink known = links.get(context.sessionId());
        if (known != null) {
            return known;
        }
        UpstreamLink made;
        synchronized (links) {
            made = links.get(context.sessionId());
            if (made != null) {
                return made;
            }
            if (closed) {
                throw new UpstreamException("Upstream '%s' is closed".formatted(name));
            }
            requireRoom(context.caller());
            made =
                    create.apply(
                            context, new UpstreamLink.Owner(context.caller(), context.announcer()));
            links.put(context.sessionId(), made);
        }
        // Not the link itself: a session may have many, one after the other.
        var ending = new WeakReference<>(made);
        String session = context.sessionId();
        context.onSessionEnd(() -> endSoon(session, ending.get()));
        return made;
    }

    /**
     * Throws if the limit of the upstream or of the principal is reached. Anonymous clients cannot
     * be distinguished, so only the limit of the upstream applies to them.
     */
    private void requireRoom(Caller caller) {
        if (links.size() >= spec.maxProcesses()) {
            throw new UpstreamException(
                    "Upstream '%s' already has %d sessions, the maximum"
                            .formatted(name, links.size()));
        }
        long own =
                links.values().stream()
                        .map(UpstreamLink::owner)
                        .filter(owner -> isOf(owner, caller))
                        .count();
        if (!caller.isAnonymous() && own >= spec.maxProcessesPerPrincipal()) {
            throw new UpstreamException(
                    "Upstream '%s' already has %d sessions of this principal, the maximum"
                            .formatted(name, own));
        }
    }

    private static boolean isOf(UpstreamLink.@Nullable Owner owner, Caller caller) {
        return owner != null && owner.caller().name().equals(caller.name());
    }

    private void endSoon(String session, @Nullable UpstreamLink link) {
        if (link != null) {
            Thread.startVirtualThread(() -> end(session, link));
        }
    }

    /** Closes the connections that are idle. A connection with a running call is not idle. */
    void endIdle() {
        links.forEach((session, link) -> {
            if (link.slot().closeIfIdle(spec.idleTimeout())) {
                end(session, link);
            }
        });
    }

    private void end(String session, UpstreamLink link) {
        links.remove(session, link);
        link.close();
        if (!link.lists().catalogue().lists().isEmpty()) {
            listsChanged.run();
        }
    }

    @Override
    public void close() {
        synchronized (links) {
            closed = true; // no connection is added from now on
        }
        var closing =
                links.values().stream()
                        .map(link -> Thread.startVirtualThread(link::close))
                        .toList();
        try {
            for (Thread each : closing) {
                each.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
