package io.springline.resume;

import io.springline.mcp.CloseReason;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Away;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.Denied;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt of a client to resume its session: on this node if it owns the session, else by a
 * claim in the store. For one thread.
 */
final class ResumeAttempt {

    private static final Logger log = LoggerFactory.getLogger(ResumeAttempt.class);

    private final ResumableSessions sessions;
    private final OwnedSessions ownedSessions;
    private final SessionStore store;
    private final McpSession fresh;
    private final Connection socket;
    private final ResumeToken shown;
    private final ResumeToken next;
    private final Attempt attempt;
    private final Function<Grant, Outbound> greeting;

    /**
     * @param fresh the session of the connection from which the client asked
     * @param shown the token that the client showed
     * @param greeting makes the message that carries the next token
     */
    ResumeAttempt(
            ResumableSessions sessions,
            OwnedSessions ownedSessions,
            SessionStore store,
            McpSession fresh,
            Binding binding,
            ResumeToken shown,
            long received,
            Function<Grant, Outbound> greeting) {
        this.sessions = sessions;
        this.ownedSessions = ownedSessions;
        this.store = store;
        this.fresh = fresh;
        this.socket = fresh.connection();
        this.shown = shown;
        this.next = ResumeToken.random(shown.session());
        this.attempt =
                new Attempt(binding, shown.digest(), next.digest(), received, shown.granter());
        this.greeting = greeting;
    }

    /** Resumes the session or refuses the client. Blocks for a bounded time. */
    ResumeResult run() throws InterruptedException {
        OwnedSession owned = ownedSessions.find(shown.session());
        if (owned != null && owned.resumable().handover().knows(attempt)) {
            ResumeResult here = here(owned);
            if (here != null) {
                return here;
            }
        }
        return switch (store.claim(attempt)) {
            case Claimed claimed -> takeOver(claimed);
            case Denied(var reason) -> {
                log.debug("not claimed, {}: {}", reason, this);
                yield sessions.refuse(reason);
            }
            case Away() -> new Unavailable();
        };
    }

    /** Returns null if another node owns the session. */
    private @Nullable ResumeResult here(OwnedSession owned) throws InterruptedException {
        ResumeToken offered = offer(owned);
        if (offered == null) {
            return null;
        }
        ResumeResult result = attach(owned, offered);
        if (result instanceof Refused && offered == shown) {
            return new Unavailable(); // another node may have a later state
        }
        boolean isStillOwner = ownedSessions.find(shown.session()) == owned;
        return result instanceof Resumed || isStillOwner ? result : null;
    }

    /**
     * Returns the token to send to the client: the next one once the store has it, or the one that
     * the client showed if the store is unreachable, since another node would not know the next
     * one. Returns null if another node owns the session; a node that was disconnected from the
     * store learns it here.
     */
    private @Nullable ResumeToken offer(OwnedSession owned) throws InterruptedException {
        if (!owned.resumable().binding().equals(attempt.binding())) {
            return next; // attach refuses the attempt
        }
        return switch (owned.resumable().handover().offer(attempt.nextDigest())) {
            case KEPT -> next;
            case ALONE -> shown;
            case LOST -> {
                ownedSessions.letGo(owned);
                yield null;
            }
        };
    }

    private ResumeResult attach(OwnedSession owned, ResumeToken offered) {
        Binding binding = owned.resumable().binding();
        if (!binding.principal().equals(attempt.binding().principal())) {
            return sessions.refuse(Reason.NOT_YOURS);
        }
        if (!binding.equals(attempt.binding())) {
            return sessions.refuse(Reason.UNKNOWN);
        }
        Reason refused = attachSocket(owned, offered);
        if (refused == null) {
            return sessions.resumedHere(owned, fresh);
        }
        log.debug("not resumed, {}: {} at {}", refused, this, owned.resumable());
        return sessions.refuse(refused);
    }

    private ResumeResult takeOver(Claimed claimed) {
        OwnedSession owned = sessions.adopt(fresh, attempt.binding(), claimed, attempt.received());
        if (owned == null) {
            return new Unavailable();
        }
        owned.persist();
        if (attachSocket(owned, next) != null) {
            log.debug("lost again: {}", owned.resumable().id());
            ownedSessions.letGo(owned);
            socket.close(CloseReason.TRY_AGAIN_LATER);
            return new Unavailable();
        }
        return sessions.tookOver(owned);
    }

    private @Nullable Reason attachSocket(OwnedSession owned, ResumeToken token) {
        return owned.resumable()
                .attach(socket, attempt.digest(), token, attempt.received(), greeting);
    }

    @Override
    public String toString() {
        return "%s, %d received from owner %d"
                .formatted(shown.session(), attempt.received(), attempt.granter());
    }
}
