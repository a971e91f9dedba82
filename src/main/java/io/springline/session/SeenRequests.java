package io.springline.session;

import io.springline.jsonrpc.RequestId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * The requests of a resumable session by their ids, so that none runs twice.
 *
 * <pre>
 * (new) ──claim──▶ running ──answered──▶ kept, until acknowledged ──▶ settled
 *                     └────unanswered (cancelled)────────────────────────▲
 * </pre>
 *
 * Bounded by what is in flight, by the outbound log that holds the kept answers, and by {@link
 * #REMEMBERED}. Not safe for use by many threads: its connection guards it.
 */
final class SeenRequests {

    /** So many settled ids are remembered: a repetition may cross the acknowledgement. */
    static final int REMEMBERED = 1024;

    /** How an id that arrives stands to those before. */
    sealed interface Seen {}

    /** Never seen: to be run, once. */
    record First() implements Seen {}

    /** Being run: its answer will come. */
    record Running() implements Seen {}

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

    /** Whether the id has been claimed before. */
    boolean knows(RequestId id) {
        return open.containsKey(id) || settled.contains(id);
    }

    /** The request has its answer; ids that were never claimed are passed over. */
    void answered(Outbound answer) {
        open.replace(answer.answers(), RUNNING, new Kept(answer));
    }

    /** The answer has arrived. */
    void acknowledged(Outbound message) {
        RequestId id = message.answers();
        if (id != null && open.get(id) instanceof Kept) {
            settle(id);
        }
    }

    /** The request ended without an answer. */
    void unanswered(RequestId id) {
        if (open.containsKey(id)) {
            settle(id);
        }
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
