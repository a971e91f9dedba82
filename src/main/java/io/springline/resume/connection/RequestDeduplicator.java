package io.springline.resume.connection;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.Runner;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The request ids of a resumable session, so that no request runs twice.
 *
 * <pre>
 * (new) ──claim──▶ running ──answered──▶ kept, until acknowledged ──▶ settled
 *   ▲                 ├────unanswered (cancelled)────────────────────────▲
 *   └───disclaimed────┘
 * </pre>
 *
 * A request that another owner of the session has begun is running elsewhere until that node has
 * forwarded the answer or has died.
 *
 * <p>Bounded by the requests in flight, by the outbound log that holds the kept answers, and by
 * {@link StoredSession#MAX_SETTLED} and {@link #MAX_SETTLED_LENGTH}. Not safe for use by many
 * threads: the connection guards it.
 */
final class RequestDeduplicator {

    /** What is known about a request id. */
    sealed interface Seen {}

    /** The id is new: the request is to be run. */
    record First() implements Seen {}

    /** The request is running here. */
    record Running() implements Seen {}

    /** Another owner of the session has begun the request, and may still answer it. */
    record Elsewhere(Runner runner) implements Seen {}

    /** The request is answered, and the answer is not acknowledged. */
    record Kept(Outbound answer) implements Seen {}

    /** The request has ended, and its answer, if any, is acknowledged. */
    record Settled() implements Seen {}

    /** The highest number of characters of the settled ids. It matters only to very long ids. */
    static final int MAX_SETTLED_LENGTH = 128 * StoredSession.MAX_SETTLED;

    private static final Seen FIRST = new First();
    private static final Seen RUNNING = new Running();
    private static final Seen SETTLED = new Settled();

    private final Map<RequestId, Seen> open = new HashMap<>();
    private final LinkedHashSet<RequestId> settled = new LinkedHashSet<>();
    private long settledLength;

    /** Returns what is known about the id, and marks a new id as running. */
    Seen claim(RequestId id) {
        Seen known = open.get(id);
        if (known != null) {
            return known;
        }
        if (settled.contains(id)) {
            return SETTLED;
        }
        open.put(id, RUNNING);
        return FIRST;
    }

    /**
     * Claims as {@link #claim} does, for a client that may use the id of an ended request again.
     */
    Seen claimAgain(RequestId id) {
        if (open.get(id) instanceof Kept) {
            open.remove(id);
        }
        if (settled.remove(id)) {
            settledLength -= length(id);
        }
        return claim(id);
    }

    /** Adds the requests that another owner has recorded. */
    void restore(StoredSession stored) {
        stored.running().forEach((id, runner) -> open.put(id, new Elsewhere(runner)));
        for (Outbound message : stored.unacknowledged()) {
            if (message.answers() != null) {
                open.put(message.answers(), new Kept(message));
            }
        }
        stored.settled().forEach(this::remember);
        // an open subscription counts as running here, so a repeated request is ignored
        stored.state().listens().keySet().forEach(id -> open.put(id, RUNNING));
    }

    /** Forgets a claimed request that was not begun. */
    void disclaim(RequestId id) {
        open.remove(id, RUNNING);
    }

    /** Keeps the answer of a running request. Ids that were never claimed are ignored. */
    void answered(Outbound answer) {
        RequestId id = answer.answers();
        if (id != null && isBegun(open.get(id))) {
            open.put(id, new Kept(answer));
        }
    }

    private static boolean isBegun(@Nullable Seen seen) {
        return seen instanceof Running || seen instanceof Elsewhere;
    }

    /**
     * Returns true if a forwarded message is the first answer to its request. Marks an unknown id
     * as running, since the owner before may not have recorded it.
     */
    boolean claimForwarded(RequestId id) {
        Seen known = open.get(id);
        if (known == null && !settled.contains(id)) {
            open.put(id, RUNNING);
            return true;
        }
        return known instanceof Elsewhere;
    }

    /** Returns the requests that former owners run. */
    Map<RequestId, Runner> elsewhere() {
        var runners = new HashMap<RequestId, Runner>();
        open.forEach((id, seen) -> {
            if (seen instanceof Elsewhere(var runner)) {
                runners.put(id, runner);
            }
        });
        return runners;
    }

    /** Returns the requests without an answer. */
    Map<RequestId, Runner> running(Runner here) {
        Map<RequestId, Runner> runners = elsewhere();
        open.forEach((id, seen) -> {
            if (seen instanceof Running) {
                runners.put(id, here);
            }
        });
        return runners;
    }

    /** Returns the settled ids, oldest first. */
    List<RequestId> settled() {
        return List.copyOf(settled);
    }

    /** Settles the request of an acknowledged answer. */
    void acknowledged(Outbound message) {
        RequestId id = message.answers();
        if (id != null && open.get(id) instanceof Kept) {
            settle(id);
        }
    }

    /**
     * Settles a request that ended without an answer. Returns false, with nothing changed, if the
     * id is not open.
     */
    boolean unanswered(RequestId id) {
        boolean known = open.containsKey(id);
        if (known) {
            settle(id);
        }
        return known;
    }

    private void settle(RequestId id) {
        open.remove(id);
        remember(id);
    }

    private void remember(RequestId id) {
        if (settled.add(id)) {
            settledLength += length(id);
        }
        while (settled.size() > StoredSession.MAX_SETTLED || settledLength > MAX_SETTLED_LENGTH) {
            settledLength -= length(settled.removeFirst());
        }
    }

    private static int length(RequestId id) {
        return id instanceof RequestId.Text(var text) ? text.length() : 0;
    }

    void clear() {
        open.clear();
        settled.clear();
        settledLength = 0;
    }
}
