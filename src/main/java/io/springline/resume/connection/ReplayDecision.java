package io.springline.resume.connection;

import io.springline.resume.connection.Attachment.Ended;
import io.springline.resume.connection.Attachment.Moved;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Attempt;
import org.jspecify.annotations.Nullable;

/** Decides whether a client can resume. Plain functions of their arguments. */
final class ReplayDecision {

    private ReplayDecision() {}

    /**
     * Returns why an attempt is refused; null if the messages after {@code received} are replayed.
     *
     * @param isTokenGood whether the token that the client showed can resume the session
     * @param received the number of the last message that the client has received
     */
    static @Nullable Reason refusal(
            Attachment.State state, boolean isTokenGood, OutboundLog log, long received) {
        if (state instanceof Ended(var reason)) {
            return reason;
        }
        if (state instanceof Moved || received > log.sent() || !isTokenGood) {
            return Reason.UNKNOWN;
        }
        return received < log.acknowledged() ? Reason.OVERFLOW : null;
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
