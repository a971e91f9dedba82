package io.springline.relay.attach;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.mcp.CloseReason;
import io.springline.relay.attach.connection.AgentSessions;
import io.springline.relay.attach.connection.AttachedTransport;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket of an agent that resumes its session. Its first message opens a session, or resumes
 * the one of an earlier WebSocket.
 */
final class AgentSocket implements AttachedSocket {

    /** The maximum wait for the first message. */
    private static final int PATIENCE_SECONDS = 20;

    private static final Executor LATER =
            CompletableFuture.delayedExecutor(
                    PATIENCE_SECONDS, TimeUnit.SECONDS, Thread::startVirtualThread);

    private final AttachedServers servers;
    private final AttachRegistration registration;
    private final AgentSessions agents;
    private final AttachRequest request;
    private final Connection connection;

    /** The session of the connection from now on. */
    private McpSession session;

    private volatile @Nullable AttachedTransport transport;

    AgentSocket(
            AttachedServers servers,
            AttachRegistration registration,
            AgentSessions agents,
            AttachRequest request,
            Connection connection,
            McpSession session) {
        this.servers = servers;
        this.registration = registration;
        this.agents = agents;
        this.request = request;
        this.connection = connection;
        this.session = session;
    }

    @Override
    public void begin() {
        LATER.execute(() -> {
            if (transport == null) {
                connection.close(CloseReason.TRY_AGAIN_LATER);
            }
        });
    }

    @Override
    public void handle(byte[] bytes) throws InterruptedException {
        Decoded decoded = session.codec().decode(bytes);
        AttachedTransport open = transport;
        if (open != null) {
            served(open, decoded);
        } else if (decoded instanceof Decoded.Message(Request first) && agents.opens(first)) {
            opened(first);
        } else {
            connection.close(CloseReason.STRIKES);
        }
    }

    private void served(AttachedTransport open, Decoded decoded) throws InterruptedException {
        if (!session.persistence().recordMessageFrom(connection)) {
            return;
        }
        if (!(decoded instanceof Decoded.Message(Notification notification)
                && agents.tryAcknowledge(session, notification))) {
            open.accept(decoded);
        }
    }

    private void opened(Request first) {
        session = agents.serve(session, first);
        if (!session.isResumable()) {
            return; // refused; the agent may open another session
        }
        AttachedTransport known = agents.transport(session);
        if (known != null) {
            transport = known;
            servers.resumed(known);
        } else {
            McpSession ours = session;
            var created =
                    new AttachedTransport(
                            ours,
                            request.credential().profile(),
                            AgentSessions.MAX_BUFFERED.toBytes(),
                            () -> agents.end(ours));
            agents.add(ours, created);
            transport = created;
            registration.connected(request, created);
        }
    }

    @Override
    public void ended(String reason, boolean mayResume) {
        AttachedTransport open = transport;
        if (open == null) {
            session.end();
            return;
        }
        open.away(connection);
        if (mayResume) {
            agents.detach(session, connection);
        } else {
            agents.endWith(session, connection);
        }
    }
}
