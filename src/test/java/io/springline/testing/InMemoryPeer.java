package io.springline.testing;

import io.springline.dispatch.McpDispatcher;
import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;

/** Talks to the dispatcher of an application context without a socket. */
public final class InMemoryPeer implements McpPeer {

    private final RecordingConnection connection = new RecordingConnection();
    private final McpDispatcher dispatcher;
    private final SessionRegistry sessions;
    private final McpSession session;

    public InMemoryPeer(ApplicationContext context) {
        dispatcher = context.getBean(McpDispatcher.class);
        sessions = context.getBean(SessionRegistry.class);
        session =
                new McpSession(
                        Caller.ANONYMOUS,
                        connection,
                        JsonRpcCodec.json(1 << 20),
                        context.getBean(RequestProperties.class).limits());
        sessions.add(session);
    }

    public McpSession session() {
        return session;
    }

    @Override
    public void send(String json) {
        dispatcher.accept(session, session.codec().decode(json));
    }

    @Override
    public @Nullable String poll(long millis) throws InterruptedException {
        return connection.next(millis);
    }

    @Override
    public @Nullable Integer closeCode() {
        var reason = connection.closed();
        return reason == null ? null : reason.code();
    }

    @Override
    public void close() {
        sessions.remove(session);
        session.end();
    }
}
