package io.springline.relay;

import io.springline.feature.RequestContext;
import io.springline.relay.UpstreamStatus.Phase;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.session.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lines of an upstream with {@code mode: per-session}, one for each client session that has
 * called it. Ended with the session, or when nothing was called for long. Safe for use by many
 * threads.
 */
final class SessionLinks implements AutoCloseable {

    private final String name;
    private final RelayProperties.Upstream spec;
    private final BiFunction<RequestContext, UpstreamLink.Owner, UpstreamLink> create;
    private final Runnable listsChanged;
    private final Map<String, UpstreamLink> links = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * @param listsChanged called when a line has ended whose lists were its own
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

    /** Upstream never more than the client can do itself. */
    static ObjectNode declaredBy(RequestContext context) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        for (String member : List.of("sampling", "elicitation", "roots")) {
            if (context.capabilities().json().path(member) instanceof ObjectNode declared) {
                capabilities.set(member, declared);
            }
        }
        return capabilities;
    }

    /** By session id. */
    Map<String, UpstreamLink> bySession() {
        return links;
    }

    int count() {
        return links.size();
    }

    boolean isAnyUp() {
        return links.values().stream().anyMatch(link -> link.slot().status().isUp());
    }

    /** See {@link UpstreamConnectionHolder#acquire}. */
    UpstreamConnection acquire(RequestContext context, Duration patience, Duration untilAttempt)
            throws InterruptedException {
        UpstreamLink link = link(context);
        try {
            return link.slot().acquire(patience, untilAttempt);
        } catch (UpstreamException e) {
            if (closed || link.slot().status().phase() != Phase.CLOSED) {
                throw e;
            }
            // It was ended as idle at this very moment.
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
            requireRoom(context.caller());
            made =
                    create.apply(
                            context, new UpstreamLink.Owner(context.caller(), context.announcer()));
            links.put(context.sessionId(), made);
        }
        UpstreamLink ending = made;
        context.onSessionEnd(
                () -> Thread.startVirtualThread(() -> end(context.sessionId(), ending)));
        return made;
    }

    /** Clients without credentials cannot be told apart, and share all of them. */
    private void requireRoom(Caller caller) {
        if (links.size() >= spec.maxProcesses()) {
            throw new UpstreamException(
                    "Upstream '%s' has %d sessions already, which is the most it may have"
                            .formatted(name, links.size()));
        }
        long own =
                links.values().stream()
                        .map(UpstreamLink::owner)
                        .filter(owner -> isOf(owner, caller))
                        .count();
        if (!caller.isAnonymous() && own >= spec.maxProcessesPerPrincipal()) {
            throw new UpstreamException(
                    "Upstream '%s' has %d sessions of yours already, which is the most that one client may have"
                            .formatted(name, own));
        }
    }

    private static boolean isOf(UpstreamLink.@Nullable Owner owner, Caller caller) {
        return owner != null && owner.caller().name().equals(caller.name());
    }

    /** A call that is running counts as use. */
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
        closed = true;
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
