package io.springline.resume.protocol;

import io.springline.audit.AuditLog;
import io.springline.dispatch.SessionExtension;
import io.springline.dispatch.call.RequestObserver;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.mcp.CloseReason;
import io.springline.mcp.ExtensionMethods;
import io.springline.resume.ResumableSessions;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the methods of the extension {@value ExtensionMethods#RESUME_CAPABILITY}. They work before
 * any MCP session exists, for legacy and modern clients alike: see {@code docs/binding.md}, Resume.
 */
public final class ResumeHandler implements SessionExtension {

    private static final ObjectNode NO_PARAMS = JsonNodeFactory.instance.objectNode();

    private final ResumableSessions sessions;
    private final RequestObserver observer;

    public ResumeHandler(ResumableSessions sessions, RequestObserver observer) {
        this.sessions = sessions;
        this.observer = observer;
    }

    @Override
    public boolean opens(Request request) {
        return request.method().equals(ExtensionMethods.OPEN)
                || request.method().equals(ExtensionMethods.RESUME);
    }

    /**
     * Serves an {@linkplain #opens opening} request. Its answer does not count as a message of the
     * session, whose numbering starts after it.
     *
     * @param restore restores a session that another node owned before
     * @return the session of the connection from now on
     */
    @Override
    public McpSession serve(McpSession session, Request request, Consumer<McpSession> restore) {
        if (attempt(session, request) instanceof Resumed(var resumed, var moved)) {
            // Its answer is sent: an error from here on must not be sent as a second one.
            if (moved) {
                restore.accept(resumed);
            }
            return resumed;
        }
        return session;
    }

    /** Returns what has become of an attempt to resume a session, or null without one. */
    private @Nullable ResumeResult attempt(McpSession session, Request request) {
        try {
            if (session.hasSentMessage() || session.isResumable()) {
                throw ErrorCode.INVALID_REQUEST.exception(
                        "Invalid Request: %s must be the first message on a connection"
                                .formatted(request.method()));
            }
            if (request.method().equals(ExtensionMethods.RESUME)) {
                return resume(session, request);
            }
            sessions.open(session, greeting(session, request, this::opened));
            AuditLog.sessionOpened(
                    session.connection().id(),
                    session.connection().socketId(),
                    session.connection().transport().label(),
                    session.caller().name());
        } catch (JsonRpcException e) {
            refuse(session, new ErrorResponse(request.id(), e.error()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            session.connection().close(CloseReason.TRY_AGAIN_LATER);
        }
        return null;
    }

    /** Answers an opening request with an error, which does not count as a message either. */
    @Override
    public void refuse(McpSession session, ErrorResponse error) {
        session.connection().sendUncounted(Outbound.essential(session.codec().encode(error)));
        observer.refused(error);
    }

    private ResumeResult resume(McpSession fresh, Request request) {
        ObjectNode params = request.params() == null ? NO_PARAMS : request.params();
        ResumeToken token = ResumeToken.parse(Params.string(params, "token"));
        String epoch = Params.string(params, "epoch");
        long received = count(params.path("received"));
        if (received < 0) {
            throw Params.invalid("received", "must be an integer of at least 0");
        }
        if (!fresh.tryResume()) {
            throw ErrorCode.INVALID_REQUEST.exception(
                    "Invalid Request: springline/resume may be sent once per connection");
        }
        String socketId = fresh.connection().id();
        ResumeResult result = resume(fresh, request, token, epoch, received);
        switch (result) {
            case Resumed(var session, var moved) ->
                    AuditLog.sessionResumed(
                            session.connection().id(),
                            socketId,
                            session.connection().transport().label(),
                            session.caller().name(),
                            moved);
            case Unavailable() -> fresh.connection().close(CloseReason.TRY_AGAIN_LATER);
            case Refused(var reason) -> {
                AuditLog.resumeRefused(socketId, fresh.caller().name(), reason.wireName());
                refuse(fresh, new ErrorResponse(request.id(), refusal(reason).error()));
                if (reason == Reason.UNKNOWN
                        && sessions.recordFailedAttempt(fresh.caller(), System.nanoTime())) {
                    fresh.connection().close(CloseReason.RATE_LIMIT);
                }
            }
        }
        return result;
    }

    private ResumeResult resume(
            McpSession fresh,
            Request request,
            @Nullable ResumeToken token,
            String epoch,
            long received) {
        if (token == null) {
            return sessions.refuse(Reason.UNKNOWN);
        }
        try {
            return sessions.resume(
                    fresh, token, epoch, received, greeting(fresh, request, this::resumed));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Unavailable();
        }
    }

    @Override
    public boolean acknowledge(McpSession session, Notification notification) {
        if (!session.isResumable()) {
            return true;
        }
        ObjectNode params = notification.params();
        long received = params == null ? -1 : count(params.path("received"));
        return received >= 0 && session.persistence().acknowledge(received);
    }

    private static long count(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong() ? number.longValue() : -1;
    }

    private static Function<Grant, Outbound> greeting(
            McpSession session, Request request, Function<Grant, ObjectNode> result) {
        return grant ->
                Outbound.essential(
                        session.codec()
                                .encode(new ResultResponse(request.id(), result.apply(grant))));
    }

    private ObjectNode opened(Grant grant) {
        return granted(JsonNodeFactory.instance.objectNode(), grant);
    }

    private ObjectNode resumed(Grant grant) {
        ObjectNode result = JsonNodeFactory.instance.objectNode().put("resumed", true);
        return granted(result, grant).put("sent", grant.sent());
    }

    private ObjectNode granted(ObjectNode result, Grant grant) {
        return result.put("token", grant.token().value())
                .put("epoch", grant.epoch())
                .put("graceMs", sessions.grace().toMillis())
                .put("maxBufferedBytes", sessions.maxBufferedBytes());
    }

    private static JsonRpcException refusal(Reason reason) {
        String message =
                switch (reason) {
                    case UNKNOWN ->
                            "unknown session, wrong token, or impossible count. Open a new session";
                    case EXPIRED ->
                            "the session has ended, because the client did not reconnect in time. Open a new session";
                    case OVERFLOW ->
                            "too many messages were sent meanwhile to keep them all. Open a new session";
                    case NOT_YOURS ->
                            "the session belongs to another principal. Use the credential that opened it";
                };
        ObjectNode data = JsonNodeFactory.instance.objectNode().put("reason", reason.wireName());
        return ErrorCode.INVALID_PARAMS.exception("Not resumed: " + message, data);
    }
}
