package io.springline.testing;

import io.springline.dispatch.Dispatchers;
import io.springline.dispatch.McpDispatcher;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.resume.ResumableSessions;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.RequestProperties;
import io.springline.session.SessionRegistry;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;

/** Talks to the dispatcher of an application context without a socket. */
public final class InMemoryPeer implements McpPeer {

    private final SchemaWatch schemas = new SchemaWatch();
    private final RecordingConnection connection = new RecordingConnection();
    private final McpDispatcher dispatcher;
    private final SessionRegistry sessions;
    private final ResumableSessions resumable;
    private McpSession session;

    /** An anonymous client of the main endpoint. */
    public InMemoryPeer(ApplicationContext context) {
        this(context, McpSession.MAIN_ENDPOINT, Caller.ANONYMOUS);
    }

    public InMemoryPeer(ApplicationContext context, String endpoint, Caller caller) {
        this(context, endpoint, new Identity(caller));
    }

    public InMemoryPeer(ApplicationContext context, String endpoint, Identity identity) {
        dispatcher = context.getBean(Dispatchers.class).of(endpoint);
        sessions = context.getBean(SessionRegistry.class);
        resumable = context.getBean(ResumableSessions.class);
        session =
                new McpSession(
                        endpoint,
                        identity,
                        connection,
                        JsonRpcCodec.json(1 << 20),
                        context.getBean(RequestProperties.class).limits());
        sessions.add(session);
    }

    public RecordingConnection connection() {
        return connection;
    }

    public McpSession session() {
        return session;
    }

    @Override
    public void send(String json) {
        send(json, Thread::startVirtualThread);
    }

    /** Sends a message. The executor runs the call that the message begins. */
    public void send(String json, Executor inlineExecutor) {
        schemas.sent(json);
        if (session.persistence().recordMessageFrom(connection)) {
            session = dispatcher.accept(session, session.codec().decode(json), inlineExecutor);
        }
    }

    @Override
    public @Nullable String poll(long millis) throws InterruptedException {
        String next = connection.next(millis);
        if (next != null) {
            schemas.received(next);
        }
        return next;
    }

    @Override
    public @Nullable Integer closeCode() {
        var reason = connection.closed();
        return reason == null ? null : reason.code();
    }

    @Override
    public void cut() {
        end(true);
    }

    @Override
    public void close() {
        end(false);
    }

    private void end(boolean mayResume) {
        if (!session.isResumable()) {
            sessions.remove(session);
            session.end();
        } else {
            if (mayResume) {
                resumable.detach(session, connection);
            } else {
                resumable.endWith(session, connection);
            }
        }
    }
}
