package io.springline.resume.store;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.util.List;
import java.util.Map;

/**
 * All that a store keeps of one session.
 *
 * @param tokens digests of the tokens that can resume the session, newest first
 * @param acknowledged the number of the last acknowledged message
 * @param unacknowledged the messages after it, without a gap
 * @param running the requests that were begun and have no answer yet, with their runners
 * @param settled requests that have ended and whose answers are acknowledged, oldest first
 */
public record StoredSession(
        List<String> tokens,
        SessionState state,
        long acknowledged,
        List<Outbound> unacknowledged,
        Map<RequestId, Runner> running,
        List<RequestId> settled) {

    /**
     * The number of settled requests that are remembered, since a repeated request may cross its
     * acknowledgement.
     */
    public static final int MAX_SETTLED = 1024;

    public StoredSession {
        tokens = List.copyOf(tokens);
        unacknowledged = List.copyOf(unacknowledged);
        running = Map.copyOf(running);
        settled = List.copyOf(settled);
    }

    /**
     * Returns a session without messages.
     *
     * @param digest the digest of the token that can resume the session
     */
    public static StoredSession opened(String digest, SessionState state) {
        return new StoredSession(List.of(digest), state, 0, List.of(), Map.of(), List.of());
    }

    /** Returns the number of the last message. */
    public long sent() {
        return acknowledged + unacknowledged.size();
    }

    @Override
    public String toString() {
        return "StoredSession[%d to %d]".formatted(acknowledged, sent());
    }
}
