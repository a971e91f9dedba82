package io.springline.resume;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Outbound;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a resumable session by their ids, so that none runs twice.
 *
 * <pre>
 * (new) ──claim──▶ running ──answered──▶ kept, until acknowledged ──▶ settled
 *   ▲                 ├────unanswered (cancelled)────────────────────────▲
 *   └───disclaimed────┘
 * </pre>
 *
 * Those that another owner of the session has begun are running elsewhere until their answer comes
 * from there, or their node is dead.
 *
 * <p>Bounded by what is in flight, by the outbound log that holds the kept answers, and by {@link
 * #REMEMBERED}. Not safe for use by many threads: its connection guards it.
 */
public final class RequestDeduplicator {

    /** So many settled ids are remembered: a repetition may cross the acknowledgement. */
    public static final int REMEMBERED = 1024;

    /** How an id that arrives stands to those before. */
    sealed interface Seen {}

    /** Never seen: to be run, once. */
    record First() implements Seen {}

    /** Being run: its answer will come. */
    record Running() implements Seen {}

    /** Begun by another owner of the session, on this node: its answer may come from there. */
    record Elsewhere(String node) implements Seen {}

    /** Answered, and not known to have arrived. */
    record Kept(Outbound answer) implements Seen {}

    /** Over and done with. */
    record Settled() implements Seen {}

    private static final Seen FIRST = new First();
    private static final Seen RUNNING = new Running();
    private static final Seen SETTLED = new Settled();

    private final Map<RequestId, Seen> open = new HashMap<>();
    private final LinkedHashSet<RequestId> settled = new LinkedHashSet<>();

    /** Tells how the id stands; a new one is running from now on. */
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

    /** As {@link #claim}, of a client that may use the id of a request that is over once more. */
    Seen claimAgain(RequestId id) {
        if (open.get(id) instanceof Kept) {
            open.remove(id);
        }
        settled.remove(id);
        return claim(id);
    }

    /** Takes over what another owner has seen. */
    void restore(StoredSession stored) {
        stored.running().forEach((id, node) -> open.put(id, new Elsewhere(node)));
        for (Outbound message : stored.unacknowledged()) {
            if (message.answers() != null) {
                open.put(message.answers(), new Kept(message));
            }
        }
        settled.addAll(stored.settled());
        // an open subscription is a request that runs here from now on: a repetition is ignored
        stored.state().listens().keySet().forEach(id -> open.put(id, RUNNING));
    }

    /** A claimed request was not begun, and is as if it had never come. */
    void disclaim(RequestId id) {
        open.remove(id, RUNNING);
    }

    /** The request has its answer; ids that were never claimed are passed over. */
    void answered(Outbound answer) {
        RequestId id = answer.answers();
        if (id != null && isBegun(open.get(id))) {
            open.put(id, new Kept(answer));
        }
    }

    private static boolean isBegun(@Nullable Seen seen) {
        return seen instanceof Running || seen instanceof Elsewhere;
    }

    /** Whether the first answer to a request that another owner has begun is still awaited. */
    boolean isWanted(RequestId id) {
        Seen known = open.get(id);
        if (known == null && !settled.contains(id)) {
            open.put(id, RUNNING);
            return true;
        }
        return known instanceof Elsewhere;
    }

    /** The requests that other owners run, with their nodes. */
    Map<RequestId, String> elsewhere() {
        var nodes = new HashMap<RequestId, String>();
        open.forEach((id, seen) -> {
            if (seen instanceof Elsewhere(var node)) {
                nodes.put(id, node);
            }
        });
        return nodes;
    }

    /** The requests that have no answer, with the nodes that run them. */
    Map<RequestId, String> running(String here) {
        Map<RequestId, String> nodes = elsewhere();
        open.forEach((id, seen) -> {
            if (seen instanceof Running) {
                nodes.put(id, here);
            }
        });
        return nodes;
    }

    /** Oldest first. */
    List<RequestId> settled() {
        return List.copyOf(settled);
    }

    /** The answer has arrived. */
    void acknowledged(Outbound message) {
        RequestId id = message.answers();
        if (id != null && open.get(id) instanceof Kept) {
            settle(id);
        }
    }

    /** The request ended without an answer; false, with nothing changed, when it is not open. */
    boolean unanswered(RequestId id) {
        boolean known = open.containsKey(id);
        if (known) {
            settle(id);
        }
        return known;
    }

    private void settle(RequestId id) {
        open.remove(id);
        settled.add(id);
        if (settled.size() > REMEMBERED) {
            settled.removeFirst();
        }
    }

    void clear() {
        open.clear();
        settled.clear();
    }
}
