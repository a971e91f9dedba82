package io.springline.transport.http;

import io.springline.mcp.CloseReason;
import io.springline.session.McpSession;
import io.springline.transport.ConnectionDirectory;
import io.springline.transport.ConnectionView;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The HTTP connections of this node for operators: each session is one, and each request without a
 * session.
 */
final class HttpConnections implements ConnectionDirectory {

    private final LegacySessions sessions;
    private final HttpExchanges exchanges;

    HttpConnections(LegacySessions sessions, HttpExchanges exchanges) {
        this.sessions = sessions;
        this.exchanges = exchanges;
    }

    @Override
    public int count() {
        return sessions.all().size() + exchanges.single().size();
    }

    /** Returns the number of requests at work and of open event streams. */
    @Override
    public int active() {
        return exchanges.openCount();
    }

    @Override
    public long queuedBytes() {
        return sessions.all().stream().mapToLong(each -> each.streams().queuedBytes()).sum()
                + exchanges.single().stream().mapToLong(each -> each.stream().queuedBytes()).sum();
    }

    @Override
    public Collection<ConnectionView> all() {
        return Stream.concat(
                        sessions.all().stream().map(LegacySession::view),
                        exchanges.single().stream().map(SingleRequest::view))
                .toList();
    }

    @Override
    public Optional<ConnectionView> find(String id) {
        return legacy(id).map(LegacySession::view).or(() -> single(id).map(SingleRequest::view));
    }

    @Override
    public Optional<McpSession> session(String id) {
        return legacy(id)
                .map(LegacySession::session)
                .or(() -> single(id).map(SingleRequest::session));
    }

    @Override
    public boolean close(String id, CloseReason reason) {
        Optional<SingleRequest> single = single(id);
        single.ifPresent(each -> each.stream().close());
        return single.isPresent() || legacy(id).map(sessions::end).orElse(false);
    }

    private Optional<LegacySession> legacy(String id) {
        return sessions.all().stream().filter(each -> each.streams().id().equals(id)).findFirst();
    }

    private Optional<SingleRequest> single(String id) {
        return exchanges.single().stream()
                .filter(each -> each.session().connection().id().equals(id))
                .findFirst();
    }
}
