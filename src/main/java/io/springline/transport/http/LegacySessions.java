package io.springline.transport.http;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.springline.concurrent.SchedulerNames;
import io.springline.mcp.CloseReason;
import io.springline.resume.ResumableSessions;
import io.springline.session.Caller;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * The HTTP sessions of this node. Their number is limited in total, per principal, per address and
 * per endpoint. At a limit, a new session ends the session that has been unused for longest.
 * Thread-safe.
 */
final class LegacySessions {

    /** The result of adding a session. */
    enum Admission {
        ADMITTED,
        CLIENT_LIMIT,
        ENDPOINT_LIMIT,
        TOTAL_LIMIT
    }

    private final ResumableSessions resumable;
    private final HttpTransportProperties properties;
    private final Map<String, LegacySession> sessions = new ConcurrentHashMap<>();

    LegacySessions(ResumableSessions resumable, HttpTransportProperties properties) {
        this.resumable = resumable;
        this.properties = properties;
    }

    /**
     * Adds a session, which stays until it is {@linkplain #end ended} or times out. If a limit is
     * reached, ends the session under the same limit that has been unused for longest. Refuses the
     * new session if all of them are in use.
     */
    Admission add(LegacySession opened) {
        var replaced = new ArrayList<LegacySession>();
        synchronized (this) {
            Admission admission = choose(opened, replaced);
            if (admission != Admission.ADMITTED) {
                return admission;
            }
            if (!opened.atEndpoint().tryReplace(countAtEndpoint(opened, replaced))) {
                return Admission.ENDPOINT_LIMIT; // WebSockets count there, too
            }
            for (LegacySession each : replaced) {
                sessions.remove(each.id());
                if (each.atEndpoint() != opened.atEndpoint()) {
                    each.atEndpoint().close();
                }
            }
            sessions.put(opened.id(), opened);
        }
        replaced.forEach(this::close);
        return Admission.ADMITTED;
    }

    /** Returns true if {@link #add} would admit the session now. Others may take the room. */
    boolean hasRoomFor(LegacySession opened) {
        return choose(opened, new ArrayList<>()) == Admission.ADMITTED;
    }

    /**
     * Chooses the sessions that have to end for a new one. Changes nothing: no session must end for
     * one that is refused.
     */
    private Admission choose(LegacySession opened, List<LegacySession> replaced) {
        boolean anonymous = Caller.ANONYMOUS.name().equals(opened.principal());
        Predicate<LegacySession> ofAddress = each -> each.addressKey().equals(opened.addressKey());
        Predicate<LegacySession> ofPrincipal = each -> each.principal().equals(opened.principal());
        if (!makeRoom(ofAddress, properties.maxSessionsPerAddress(), replaced)
                || !anonymous
                        && !makeRoom(ofPrincipal, properties.maxSessionsPerPrincipal(), replaced)) {
            return Admission.CLIENT_LIMIT;
        }
        if (sessions.size() - replaced.size() >= properties.maxSessions()
                && !replaceExcess(opened, _ -> true, replaced)) {
            return Admission.TOTAL_LIMIT;
        }
        // several, if the limit is lower than before
        while (!opened.atEndpoint().hasRoomInPlaceOf(countAtEndpoint(opened, replaced))) {
            if (!replaceExcess(opened, atEndpointOf(opened), replaced)) {
                return Admission.ENDPOINT_LIMIT;
            }
        }
        return Admission.ADMITTED;
    }

    private static int countAtEndpoint(LegacySession opened, List<LegacySession> replaced) {
        return (int)
                replaced.stream().filter(each -> each.atEndpoint() == opened.atEndpoint()).count();
    }

    private boolean makeRoom(
            Predicate<LegacySession> client, int limit, List<LegacySession> replaced) {
        if (limit == 0) {
            return false;
        }
        Predicate<LegacySession> others = client.and(each -> !replaced.contains(each));
        if (sessions.size() < limit || sessions.values().stream().filter(others).count() < limit) {
            return true;
        }
        return sessions.values().stream()
                .filter(others)
                .filter(each -> !each.isInUse())
                .min(Comparator.comparingLong(LegacySession::lastUsedNanos))
                .map(replaced::add)
                .isPresent();
    }

    private static Predicate<LegacySession> atEndpointOf(LegacySession opened) {
        String endpoint = opened.session().endpoint();
        return each -> each.session().endpoint().equals(endpoint);
    }

    /**
     * Chooses one more session that a new one may replace: of the clients that have at least as
     * many as the caller, the one with the most unused sessions loses the longest unused. Returns
     * false if there is none.
     */
    private boolean replaceExcess(
            LegacySession opened, Predicate<LegacySession> from, List<LegacySession> replaced) {
        Predicate<LegacySession> among = from.and(each -> !replaced.contains(each));
        Map<String, Long> counts =
                sessions.values().stream()
                        .filter(among)
                        .collect(groupingBy(LegacySessions::client, counting()));
        long own = counts.getOrDefault(client(opened), 0L);
        Comparator<LegacySession> byCount =
                comparingLong(each -> counts.getOrDefault(client(each), 0L));
        return sessions.values().stream()
                .filter(among)
                .filter(each -> !each.isInUse() && counts.getOrDefault(client(each), 0L) >= own)
                .max(
                        byCount.thenComparing(
                                Comparator.comparingLong(LegacySession::lastUsedNanos).reversed()))
                .map(replaced::add)
                .isPresent();
    }

    /** Removes a session, which then counts no longer. Returns false if it was removed before. */
    private synchronized boolean remove(LegacySession session) {
        boolean removed = sessions.remove(session.id(), session);
        if (removed) {
            session.atEndpoint().close();
        }
        return removed;
    }

    private static String client(LegacySession session) {
        boolean anonymous = Caller.ANONYMOUS.name().equals(session.principal());
        return anonymous ? "at " + session.addressKey() : session.principal();
    }

    /** Returns the session, or null if the caller has none of this id at the endpoint. */
    @Nullable LegacySession find(String id, Caller caller, String endpoint) {
        LegacySession found = sessions.get(id);
        return found != null
                        && found.principal().equals(caller.name())
                        && found.session().endpoint().equals(endpoint)
                ? found
                : null;
    }

    /**
     * Ends a session: cancels its requests and closes its streams. Returns false if it has ended
     * before.
     */
    boolean end(LegacySession session) {
        if (!remove(session)) {
            return false;
        }
        close(session);
        return true;
    }

    private void close(LegacySession session) {
        session.auditClosed(CloseReason.NORMAL);
        session.streams().close(CloseReason.NORMAL);
        resumable.endWith(session.session(), session.streams());
    }

    /** Removes a session that another node has taken over, or that has ended. */
    void forget(LegacySession session) {
        if (remove(session)) {
            session.auditClosed(CloseReason.REPLACED);
        }
    }

    Collection<LegacySession> all() {
        return sessions.values();
    }

    @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
    void sweep() {
        long now = System.nanoTime();
        for (LegacySession each : sessions.values()) {
            each.streams().trim();
            if (properties.maxStreamAge().isPositive()) {
                each.streams().endOldStandalone(properties.maxStreamAge().toNanos());
            }
            if (each.isInUse()) {
                each.used();
            } else if (now - each.lastUsedNanos() > properties.sessionTimeout().toNanos()) {
                end(each);
            }
        }
    }
}
