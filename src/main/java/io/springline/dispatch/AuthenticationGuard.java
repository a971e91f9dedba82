package io.springline.dispatch;

import io.springline.audit.AuditLog;
import io.springline.auth.AuthMethod;
import io.springline.auth.Authenticator;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.mcp.CloseReason;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Looks at who is calling before each message: a client that has yet to say who it is gets nothing
 * but that, one whose credential has expired gets nothing at all, and {@code authenticate} tells or
 * renews. That is a method of this binding, in both protocol eras and before them.
 */
final class AuthenticationGuard {

    /** The method by which a client says who it is. */
    static final String AUTHENTICATE = "authenticate";

    private final Authenticator authenticator;

    AuthenticationGuard(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    /**
     * Whether a message is no first word: a client that says who it is, or has yet to, may open or
     * resume a session after it.
     */
    static boolean isNotCounted(McpSession session, Decoded decoded) {
        return session.caller().isUnidentified()
                || decoded instanceof Message(Request request)
                        && request.method().equals(AUTHENTICATE);
    }

    /** Whether the message goes on; a request that does not has been answered. */
    boolean admits(McpSession session, JsonRpcMessage message, Reply reply) {
        if (message instanceof Request request && request.method().equals(AUTHENTICATE)) {
            if (!authenticator.hasCredentials()) {
                reply.answer(
                        new ErrorResponse(
                                request.id(),
                                ErrorCode.METHOD_NOT_FOUND.error(
                                        "Method not found: " + AUTHENTICATE)));
                return false;
            }
            Response answer = authenticate(session, request);
            reply.answer(answer);
            if (session.caller().isUnidentified()) {
                // One attempt for each connection.
                session.connection().close(CloseReason.UNAUTHENTICATED);
            } else if (answer instanceof ErrorResponse
                    && session.malformedMessages().add(System.nanoTime())) {
                session.connection().close(CloseReason.STRIKES);
            }
            return false;
        }
        if (session.identity().isExpired()) {
            session.connection().close(CloseReason.CREDENTIAL_EXPIRED);
            return false;
        }
        if (session.caller().isUnidentified()) {
            if (message instanceof Request request) {
                reply.answer(refusal(request, "Authentication required"));
            }
            return false;
        }
        return true;
    }

    /**
     * On the thread that reads the connection, so that a client need not wait for the answer before
     * it goes on; a token of an issuer whose keys are not known yet holds up this connection alone.
     */
    private Response authenticate(McpSession session, Request request) {
        ObjectNode params = request.params();
        String token = params == null ? "" : params.path("token").asString("");
        if (token.isEmpty()) {
            return new ErrorResponse(
                    request.id(),
                    ErrorCode.INVALID_PARAMS.error(
                            "Invalid params: token is required and must be a string"));
        }
        Optional<Caller> caller = authenticator.token(token);
        if (caller.isEmpty()) {
            return failed(session, request, "invalid", "The token is not valid");
        }
        return switch (session.identity().present(caller.get())) {
            case IDENTIFIED, RENEWED -> {
                AuditLog.authenticated(
                        AuthMethod.IN_BAND.label(),
                        caller.get().name(),
                        session.connection().socketId());
                yield new ResultResponse(request.id(), JsonNodeFactory.instance.objectNode());
            }
            case OTHER_PRINCIPAL ->
                    failed(
                            session,
                            request,
                            "conflict",
                            "The token is of another principal: open a new connection for it");
            case NO_ROOM ->
                    failed(session, request, "limit", "Too many connections of this principal");
        };
    }

    private static Response failed(
            McpSession session, Request request, String reason, String message) {
        AuditLog.authenticationFailed(
                AuthMethod.IN_BAND.label(), reason, session.connection().socketId());
        return refusal(request, message);
    }

    private static ErrorResponse refusal(Request request, String message) {
        return new ErrorResponse(request.id(), ErrorCode.AUTHENTICATION_REQUIRED.error(message));
    }
}
