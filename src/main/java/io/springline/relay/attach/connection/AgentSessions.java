package io.springline.relay.attach.connection;

import io.springline.concurrent.SchedulerNames;
import io.springline.dispatch.SessionExtension;
import io.springline.dispatch.call.RequestObserver;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.mcp.ExtensionMethods;
import io.springline.resume.ResumableSessions;
import io.springline.resume.SessionProperties;
import io.springline.resume.protocol.ResumeHandler;
import io.springline.resume.store.LocalSessionStore;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.util.unit.DataSize;

/**
 * The sessions of agents that resume them: messages are numbered, kept until the agent has
 * acknowledged them, and sent again on the next connection. They stay on this node, since the calls
 * that wait for their answers are here. Thread-safe.
 */
public final class AgentSessions implements AutoCloseable {

    /** The size of the requests that one agent has not acknowledged. */
    public static final DataSize MAX_BUFFERED = DataSize.ofMegabytes(4);

    private final ResumableSessions sessions;
    private final SessionExtension protocol;
    private final Map<McpSession, AttachedTransport> transports = new ConcurrentHashMap<>();

    /**
     * @param grace time for which a session is kept for an agent that is away
     */
    public AgentSessions(Duration grace, int maxServers) {
        this.sessions =
                new ResumableSessions(
                        new SessionRegistry(),
                        new SessionProperties(grace, MAX_BUFFERED, maxServers),
                        new LocalSessionStore());
        this.protocol = new ResumeHandler(sessions, RequestObserver.NONE);
    }

    /** Returns whether a message decides which session its connection carries. */
    public boolean opens(Request request) {
        return protocol.opens(request);
    }

    /** Answers a request to open or resume a session, and returns the session from now on. */
    public McpSession serve(McpSession fresh, Request request) {
        return protocol.serve(fresh, request, _ -> {});
    }

    /** Returns the transport of a session; null if the session was opened a moment ago. */
    public @Nullable AttachedTransport transport(McpSession session) {
        return transports.get(session);
    }

    /** Sets the transport of a session, which ends with it. */
    public void add(McpSession session, AttachedTransport transport) {
        transports.put(session, transport);
        session.onEnd(() -> {
            transports.remove(session);
            transport.ended("the agent left, or did not come back in time");
        });
    }

    /**
     * Drops the messages that the notification acknowledges. Returns false if it acknowledges none.
     */
    public boolean tryAcknowledge(McpSession session, Notification notification) {
        return notification.method().equals(ExtensionMethods.ACK)
                && protocol.acknowledge(session, notification);
    }

    /** Detaches the session from a WebSocket that has closed. Its agent may come back. */
    public void detach(McpSession session, Connection gone) {
        sessions.detach(session, gone);
    }

    /** Ends the session of a WebSocket that has closed, unless it has another one by now. */
    public void endWith(McpSession session, Connection gone) {
        sessions.endWith(session, gone);
    }

    /** Ends a session for good. */
    public void end(McpSession session) {
        sessions.end(session);
    }

    /** Ends sessions whose agents have not come back. */
    @Scheduled(fixedDelay = 200, scheduler = SchedulerNames.SPRINGLINE)
    void sweep() {
        sessions.sweep();
    }

    @Override
    public void close() {
        sessions.close();
    }
}
