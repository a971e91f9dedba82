package io.springline.resume.connection;

import io.springline.resume.connection.Attachment.Ended;
import io.springline.resume.connection.Attachment.Moved;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Attempt;

/**
 * The answer to a client that wants to resume: which messages are replayed, or why none are. Plain
 * functions of their arguments.
 */
sealed interface ReplayDecision {

    /**
     * @param after the number of the last message that is not replayed
     */
    record Replay(long after) implements ReplayDecision {}

    record Refuse(Reason reason) implements ReplayDecision {}

    /**
     * Decides about one attempt.
     *
     * @param isTokenGood whether the token that the client showed can resume the session
     * @param received the number of the last message that the client has received
     */
    static ReplayDecision of(
            Attachment.State state, boolean isTokenGood, OutboundLog log, long received) {
        if (state instanceof Ended(var reason)) {
            return new Refuse(reason);
        }
        if (state instanceof Moved || received > log.sent() || !isTokenGood) {
            return new Refuse(Reason.UNKNOWN);
        }
        return received < log.acknowledged() ? new Refuse(Reason.OVERFLOW) : new Replay(received);
    }

    /**
     * Returns true if the client counts its messages as this owner does. Returns false if it has
     * received messages that an earlier owner has sent although this one owned the session already,
     * because it could not reach the store.
     */
    static boolean countsAlike(Attempt attempt, SessionLease lease) {
        long granter = attempt.granter();
        return granter == 0
                || granter >= lease.fence()
                || granter + 1 == lease.fence() && attempt.received() <= lease.before();
    }
}
