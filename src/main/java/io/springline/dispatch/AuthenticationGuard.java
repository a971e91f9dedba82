package io.springline.dispatch;

import io.springline.audit.AuditLog;
import io.springline.auth.AuthMethod;
import io.springline.auth.Authenticator;
import io.springline.dispatch.call.Reply;
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
 * Checks the caller's credential before each message, and serves {@code authenticate}.
 *
 * <p>A client without a credential may send {@code authenticate} only: other requests get an error,
 * and notifications are ignored. If the credential has expired, or its token was removed, the
 * connection is closed. {@code authenticate} is a method of Springline's WebSocket binding ({@code
 * docs/binding.md}) and needs no MCP session.
 */
final class AuthenticationGuard {

    /** The method by which a client presents a token on an open connection. */
    static final String AUTHENTICATE = "authenticate";

    private final Authenticator authenticator;

    AuthenticationGuard(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    /**
     * Returns true if the message does not count as the client's first message. {@code
     * authenticate} does not, and neither does a message of a client without a credential: a client
     * may still open or resume a session after it.
     */
    static boolean isNotCounted(McpSession session, Decoded decoded) {
        return session.caller().isUnidentified()
                || decoded instanceof Message(Request request)
                        && request.method().equals(AUTHENTICATE);
    }

    /**
     * Returns true if the message may be served. Otherwise a request has been answered with an
     * error, or the connection has been closed; a notification is dropped.
     */
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
                // A client without a credential has one attempt per connection.
                session.connection().close(CloseReason.UNAUTHENTICATED);
            } else if (answer instanceof ErrorResponse
                    && session.malformedMessages().add(System.nanoTime())) {
                session.connection().close(CloseReason.STRIKES);
            }
            return false;
        }
        if (session.identity().isExpired() || authenticator.isWithdrawn(session.caller())) {
            session.connection().close(CloseReason.CREDENTIAL_EXPIRED);
            return false;
        }
        if (session.caller().isUnidentified()) {
            if (message instanceof Request request) {
                reply.answer(
                        refusal(
                                request,
                                "Authentication required: send authenticate with a token first"));
            }
            return false;
        }
        return true;
    }

    /**
     * Validates the token on the thread that reads the connection, so that the client may send
     * further messages without waiting for the answer. If the keys of the token's issuer must be
     * fetched first, this blocks only this connection.
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
            return failed(session, request, "invalid", "The token is invalid or has expired");
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
                            "The token belongs to another principal: open a new connection for it");
            case NO_ROOM ->
                    failed(
                            session,
                            request,
                            "limit",
                            "Too many connections of this principal: close one first");
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
