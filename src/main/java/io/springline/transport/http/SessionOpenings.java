package io.springline.transport.http;

import io.springline.resume.ResumableSessions;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.session.McpSession;
import io.springline.session.MovedException;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.http.stream.SessionStreams;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Opens the HTTP sessions of one endpoint, and takes over sessions from other nodes. Thread-safe.
 */
final class SessionOpenings {

    /** The result of looking for a session that this node does not have. */
    sealed interface TakeOver {}

    record Found(LegacySession session) implements TakeOver {}

    /** The caller has no such session. */
    record Unknown() implements TakeOver {}

    /**
     * Whether there is such a session is unknown at the moment, for example because Redis is away:
     * the client should send the request again.
     */
    record TryLater() implements TakeOver {}

    /**
     * How long a takeover waits for Redis to respond again. Clients try again only once or twice,
     * and then give up the result of a running call.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final Duration POLL = Duration.ofMillis(100);

    private final Endpoint endpoint;
    private final HttpExchanges exchanges;
    private final LegacySessions sessions;
    private final ResumableSessions resumable;
    private final Map<String, CompletableFuture<TakeOver>> claims = new ConcurrentHashMap<>();

    SessionOpenings(
            Endpoint endpoint,
            HttpExchanges exchanges,
            LegacySessions sessions,
            ResumableSessions resumable) {
        this.endpoint = endpoint;
        this.exchanges = exchanges;
        this.sessions = sessions;
        this.resumable = resumable;
    }

    /**
     * Opens a session whose {@code initialize} was served. Returns null if this node cannot reach
     * the store, and the client should try again.
     */
    @Nullable LegacySession open(McpSession session, SessionStreams streams, Admitted client)
            throws InterruptedException {
        ResumeToken token = resumable.named().open(session);
        return token == null ? null : legacy(token, session, streams, client);
    }

    /** Lets old messages go early: progress and log messages may fill half of the log only. */
    SessionStreams streams() {
        return new SessionStreams(UUID.randomUUID().toString(), resumable.maxBufferedBytes() / 4);
    }

    /** Creates the session of an {@code initialize}, or of a session that another node had. */
    McpSession session(Admitted client, SessionStreams streams) {
        return exchanges.session(endpoint.name(), exchanges.identity(client), streams);
    }

    private LegacySession legacy(
            ResumeToken token, McpSession session, SessionStreams streams, Admitted client) {
        var legacy =
                new LegacySession(token.value(), session, streams, client, endpoint.connections());
        streams.resumable(session, () -> sessions.forget(legacy));
        return legacy;
    }

    /** Ends a session that was not added. */
    void discard(McpSession session, SessionStreams streams) {
        if (session.isResumable()) {
            resumable.endWith(session, streams);
        } else {
            exchanges.discard(session);
        }
    }

    /** Returns the caller's session. If another node has it, takes it over. */
    TakeOver find(String id, Admitted client) throws InterruptedException {
        LegacySession found = sessions.find(id, client.caller(), endpoint.name());
        return found != null && confirmOwnership(found) ? new Found(found) : takeOver(id, client);
    }

    /**
     * Returns true if no other node has taken the session over. If nodes share a store, this takes
     * one round trip to it, since the message about a takeover may not have arrived yet.
     */
    private boolean confirmOwnership(LegacySession session) throws InterruptedException {
        if (!resumable.outliveNode()) {
            return true;
        }
        try {
            session.session().agreed();
            return true;
        } catch (MovedException _) {
            sessions.forget(session);
            return false;
        }
    }

    /**
     * Takes over a session from another node. Concurrent calls for the same session share one
     * attempt.
     */
    private TakeOver takeOver(String id, Admitted client) throws InterruptedException {
        ResumeToken token = ResumeToken.parse(id);
        if (token == null) {
            return new Unknown();
        }
        // With the principal, so that another principal does not get the result of the owner's
        // attempt.
        String key = client.caller().name() + ' ' + id;
        var claim = new CompletableFuture<TakeOver>();
        var running = claims.putIfAbsent(key, claim);
        if (running != null) {
            return outcome(running);
        }
        try {
            LegacySession known = sessions.find(id, client.caller(), endpoint.name());
            claim.complete(known == null ? claimPatiently(token, client) : new Found(known));
        } finally {
            claim.complete(new TryLater());
            claims.remove(key, claim);
        }
        return outcome(claim);
    }

    private static TakeOver outcome(CompletableFuture<TakeOver> claim) throws InterruptedException {
        try {
            return claim.get();
        } catch (ExecutionException e) {
            return new TryLater();
        }
    }

    private TakeOver claimPatiently(ResumeToken token, Admitted client)
            throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        TakeOver taken = claim(token, client);
        while (taken == null && System.nanoTime() - end < 0) {
            Thread.sleep(POLL);
            taken = claim(token, client);
        }
        return taken == null ? new TryLater() : taken;
    }

    /** Returns null if the store cannot be reached. */
    private @Nullable TakeOver claim(ResumeToken token, Admitted client)
            throws InterruptedException {
        SessionStreams streams = streams();
        McpSession session = session(client, streams);
        LegacySession legacy = legacy(token, session, streams, client);
        if (resumable.outliveNode() && !sessions.hasRoomFor(legacy)) {
            exchanges.discard(session);
            return new TryLater();
        }
        return switch (resumable.named().claim(session, token, streams::continueAfter)) {
            case Resumed _ -> {
                if (sessions.add(legacy) != LegacySessions.Admission.ADMITTED) {
                    // Others have taken the room. Each node may take the session over.
                    resumable.detach(session, streams);
                    yield new TryLater();
                }
                legacy.auditResumed();
                endpoint.dispatcher().restore(session);
                yield new Found(legacy);
            }
            case Refused _ -> {
                exchanges.discard(session);
                yield new Unknown();
            }
            case Unavailable() -> {
                exchanges.discard(session);
                yield null;
            }
        };
    }
}
