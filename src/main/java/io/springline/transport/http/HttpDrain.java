package io.springline.transport.http;

import io.springline.dispatch.Dispatchers;
import io.springline.resume.ResumableSessions;
import io.springline.session.McpSession;
import io.springline.transport.drain.DrainParticipant;

/**
 * Drains the HTTP transport: ends streams that clients can resume with {@code retry}, and
 * subscriptions with their result. All other responses end with their answers.
 */
final class HttpDrain implements DrainParticipant {

    private final LegacySessions sessions;
    private final HttpExchanges exchanges;
    private final ResumableSessions resumable;
    private final Dispatchers dispatchers;

    HttpDrain(
            LegacySessions sessions,
            HttpExchanges exchanges,
            ResumableSessions resumable,
            Dispatchers dispatchers) {
        this.sessions = sessions;
        this.exchanges = exchanges;
        this.resumable = resumable;
        this.dispatchers = dispatchers;
    }

    @Override
    public void leave() {
        boolean nodesShareSessions = resumable.outliveNode();
        sessions.all().forEach(each -> each.streams().leave(nodesShareSessions));
        exchanges.single().stream()
                .map(SingleRequest::session)
                .forEach(dispatchers::endSubscriptions);
    }

    @Override
    public void fail() {
        sessions.all().stream().map(LegacySession::session).forEach(this::fail);
        exchanges.single().stream().map(SingleRequest::session).forEach(this::fail);
    }

    private void fail(McpSession session) {
        dispatchers.failInFlight(session);
    }
}
