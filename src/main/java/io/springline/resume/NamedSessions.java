package io.springline.resume;

import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Away;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.Denied;
import io.springline.resume.store.SessionStore.Opened;
import io.springline.resume.store.StoredSession;
import io.springline.session.McpSession;
import io.springline.session.SessionRuntime;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens and claims resumable sessions whose clients name them with each request (HTTP). Such a
 * client has no connection of its own: it needs no greeting, and its next request may reach any
 * node. Safe for use by many threads.
 */
public final class NamedSessions {

    private final ResumableSessions sessions;
    private final SessionStore store;
    private final SessionRuntime runtime;

    NamedSessions(ResumableSessions sessions, SessionStore store, SessionRuntime runtime) {
        this.sessions = sessions;
        this.store = store;
        this.runtime = runtime;
    }

    /**
     * Makes a session resumable. Blocks for a bounded time, as {@link ResumableSessions#open}.
     *
     * @param session an initialized session: its client's next request may reach another node at
     *     once
     * @return the token by which the client names the session. Null, with nothing changed, if the
     *     store is unreachable and other nodes may not have noticed: they would answer that the
     *     session does not exist
     */
    public @Nullable ResumeToken open(McpSession session) throws InterruptedException {
        ResumeToken token = ResumeToken.random(runtime.newSessionId());
        Binding binding = ResumableSessions.binding(token, session, Binding.NAMED);
        Opened opened = store.open(binding, StoredSession.opened(token.digest(), session.state()));
        if (opened.outcome() != Outcome.KEPT && !store.isIsolated()) {
            opened.lease().end(Reason.UNKNOWN);
            return null;
        }
        OwnedSession owned = sessions.add(session, token, binding, opened.lease());
        owned.resumable().open(session.connection(), owned::persist);
        sessions.ready(owned);
        return token;
    }

    /**
     * Claims a session from another node. Blocks for a bounded time.
     *
     * @param fresh a new session that becomes the claimed one
     * @param sent receives the number of the last message, before another is sent
     */
    public ResumeResult claim(McpSession fresh, ResumeToken token, LongConsumer sent)
            throws InterruptedException {
        Binding binding = ResumableSessions.binding(token, fresh, Binding.NAMED);
        var attempt =
                new Attempt(binding, token.digest(), token.digest(), ResumableSessions.MAX_COUNT);
        return switch (store.claim(attempt)) {
            case Claimed claimed -> takeOver(fresh, binding, claimed, sent);
            case Denied(var reason) -> sessions.refuse(reason);
            case Away() -> new Unavailable();
        };
    }

    private ResumeResult takeOver(
            McpSession fresh, Binding binding, Claimed claimed, LongConsumer sent) {
        OwnedSession owned =
                sessions.adopt(fresh, binding, claimed, claimed.session().acknowledged());
        if (owned == null) {
            return new Unavailable();
        }
        sent.accept(claimed.session().sent());
        owned.resumable().open(fresh.connection(), owned::persist);
        return sessions.tookOver(owned);
    }
}
