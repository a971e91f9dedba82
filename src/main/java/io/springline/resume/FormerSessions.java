package io.springline.resume;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.session.Connection;
import io.springline.session.InFlight;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionRuntime;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that another node owns by now and that this one still runs calls for. Their answers
 * are forwarded; what the client says of those calls comes back the same way.
 */
final class FormerSessions {

    private final SessionRegistry registry;
    private final SessionRuntime runtime;
    private final Set<McpSession> sessions = ConcurrentHashMap.newKeySet();

    FormerSessions(SessionRegistry registry, SessionRuntime runtime) {
        this.registry = registry;
        this.runtime = runtime;
    }

    void add(McpSession session, ResumableConnection lasting) {
        Connection socket = lasting.moved();
        if (socket != null) {
            socket.close(lasting.movedFrom(socket));
        }
        endSubscriptions(session);
        sessions.add(session);
        sweep();
    }

    /** They go on elsewhere. */
    private static void endSubscriptions(McpSession session) {
        for (RequestId id : session.subscriptions().listenIds()) {
            InFlight request = session.inFlight().find(id);
            if (request != null) {
                request.cancel();
            }
        }
        session.subscriptions().clear();
    }

    /** What the client said to the owner. */
    void told(String id, byte[] message) {
        for (McpSession session : sessions) {
            if (session.connection().id().equals(id)) {
                told(session, message);
            }
        }
    }

    /** The same to one that may not have heard yet that it has moved. */
    static void told(McpSession session, byte[] message) {
        if (session.codec().decode(message) instanceof Decoded.Message(var word)) {
            told(session, word);
        }
    }

    private static void told(McpSession session, JsonRpcMessage word) {
        switch (word) {
            case ResultResponse(var id, _) -> settle(session, (Response) word, id);
            case ErrorResponse(var id, _) -> settle(session, (Response) word, id);
            case Notification notification -> {
                InFlight cancelled = session.inFlight().cancelledBy(notification);
                if (cancelled != null) {
                    cancelled.cancel();
                }
            }
            case Request _ -> {}
        }
    }

    private static void settle(McpSession session, Response answer, @Nullable RequestId id) {
        if (id != null) {
            session.outgoing().settle(answer, id);
        }
    }

    /** Ends those that have nothing left to do. */
    void sweep() {
        sessions.removeIf(session -> {
            boolean idle = session.inFlight().isIdle();
            if (idle) {
                registry.remove(session);
                runtime.execute(session::end);
            }
            return idle;
        });
    }

    /** Whether an owner elsewhere waits for answers. */
    boolean areAtWork() {
        return sessions.stream().anyMatch(session -> !session.inFlight().isIdle());
    }

    Set<McpSession> all() {
        return Set.copyOf(sessions);
    }
}
