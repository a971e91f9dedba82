package io.springline.resume;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.resume.connection.SessionHandover;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionRuntime;
import io.springline.session.limit.UnreadMemory;
import io.springline.session.request.InFlight;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that another node owns and for which this node still runs calls. Answers are
 * forwarded to the owner, and the client's messages about those calls are sent back by it.
 */
final class FormerSessions {

    private static final Logger log = LoggerFactory.getLogger(FormerSessions.class);

    /** The memory of a forwarded message beyond its content: that of its thread. */
    private static final long TOLD_BYTES = 1024;

    private final SessionRegistry registry;
    private final SessionRuntime runtime;
    private final Set<OwnedSession> sessions = ConcurrentHashMap.newKeySet();

    FormerSessions(SessionRegistry registry, SessionRuntime runtime) {
        this.registry = registry;
        this.runtime = runtime;
    }

    void add(OwnedSession moved) {
        SessionHandover handover = moved.resumable().handover();
        Connection socket = handover.moved();
        if (socket != null) {
            socket.close(handover.movedReason());
        }
        endSubscriptions(moved.session());
        sessions.add(moved);
        sweep();
    }

    /** Ends the subscriptions here, since the owner continues them. */
    private static void endSubscriptions(McpSession session) {
        for (RequestId id : session.subscriptions().listenIds()) {
            InFlight request = session.inFlight().find(id);
            if (request != null) {
                request.cancel();
            }
        }
        session.subscriptions().clear();
    }

    /**
     * Handles a message that the client has sent to the owner, for a session that may not have
     * moved yet as far as this node knows. Does not block: another thread decodes the message, in
     * the client's share of the processors. Drops it if the client holds too much memory.
     */
    void told(McpSession session, byte[] message) {
        UnreadMemory.Account memory = session.results();
        long bytes = message.length + TOLD_BYTES;
        if (!memory.claim(bytes)) {
            log.debug("dropped, a forwarded message of {}", session.connection().id());
            return;
        }
        runtime.execute(() -> {
            try {
                if (session.share().run(() -> session.codec().decode(message))
                        instanceof Decoded.Message(var word)) {
                    told(session, word);
                }
            } finally {
                memory.add(-bytes);
            }
        });
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

    /** Ends the sessions without a request in flight. */
    void sweep() {
        sessions.removeIf(former -> {
            McpSession session = former.session();
            boolean idle = session.inFlight().isIdle();
            if (idle) {
                registry.remove(session);
                runtime.execute(session::end);
            }
            return idle;
        });
    }

    Set<OwnedSession> all() {
        return Set.copyOf(sessions);
    }
}
