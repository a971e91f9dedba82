package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.mcp.RequestHeaders;
import io.springline.session.McpSession;
import io.springline.transport.http.request.ModernHeaders;
import io.springline.transport.http.stream.ResponseStream;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Serves a POST of revision 2026-07-28: one request in a session of its own, which ends with the
 * response. If the client disconnects before, the request is cancelled.
 */
final class ModernPost {

    private final Endpoint endpoint;
    private final HttpExchanges exchanges;
    private final HttpErrors errors;
    private final ScopeChallenge scopes;
    private final boolean lenient;

    /**
     * @param lenient see {@link HttpTransportProperties#lenientVersionHeader}
     */
    ModernPost(
            Endpoint endpoint,
            HttpExchanges exchanges,
            HttpErrors errors,
            ScopeChallenge scopes,
            boolean lenient) {
        this.endpoint = endpoint;
        this.exchanges = exchanges;
        this.errors = errors;
        this.scopes = scopes;
        this.lenient = lenient;
    }

    void serve(Post post, Decoded decoded) throws IOException, InterruptedException {
        switch (decoded) {
            case Message(Request request) -> serve(post, request);
            case Message(Notification notification) -> notified(post, notification);
            case Malformed(var answer, _) ->
                    errors.write(post.response(), 400, answer.error(), answer.id());
            default ->
                    errors.write(
                            post.response(),
                            400,
                            "Invalid Request: the body must be one request or notification");
        }
    }

    /**
     * Accepts and ignores a notification: the revision defines none for clients to send. A missing
     * Mcp-Method is accepted, too, since the TypeScript SDK v2 sends none with a notification.
     */
    private void notified(Post post, Notification notification) throws IOException {
        String method = post.request().getHeader(RequestHeaders.METHOD);
        if (method != null && !notification.method().equals(RequestHeaders.decode(method))) {
            errors.write(
                    post.response(),
                    400,
                    mismatch("the header Mcp-Method differs from the method in the body"));
            return;
        }
        post.response().setStatus(202);
    }

    private static JsonRpcError mismatch(String fault) {
        return new JsonRpcError(HttpErrors.HEADER_MISMATCH, "Header mismatch: " + fault, null);
    }

    private void serve(Post post, Request request) throws IOException, InterruptedException {
        String fault = fault(post, request);
        if (fault != null) {
            errors.write(post.response(), 400, mismatch(fault), request.id());
            return;
        }
        if (HttpErrors.isOfWebSockets(request.method())) {
            errors.write(
                    post.response(),
                    404,
                    ErrorCode.METHOD_NOT_FOUND.error("Method not found: " + request.method()),
                    request.id());
            return;
        }
        ResponseStream stream = exchanges.cancellingStream(post, request.method(), request.id());
        McpSession session = exchanges.single(endpoint.name(), post.client(), stream);
        if (request.method().equals("subscriptions/listen")) {
            exchanges.serveEvents(
                    stream,
                    post.request(),
                    post.client(),
                    () -> exchanges.end(session, stream),
                    () -> HttpExchanges.accept(endpoint.dispatcher(), session, request, stream));
            return;
        }
        try {
            HttpExchanges.accept(endpoint.dispatcher(), session, request, stream);
            stream.serve((answers, progress) -> write(post, answers, progress));
        } finally {
            exchanges.end(session, stream);
        }
    }

    private @Nullable String fault(Post post, Request request) {
        if (lenient && ModernHeaders.isOnlyVersionHeaderLegacy(post.request(), request)) {
            return null;
        }
        String fault = ModernHeaders.fault(post.request(), request);
        if (fault != null || !request.method().equals("tools/call") || request.params() == null) {
            return fault;
        }
        String tool = request.params().path("name").asString("");
        return ModernHeaders.argumentFault(
                post.request(), request, endpoint.dispatcher().argumentHeaders(tool));
    }

    private void write(Post post, List<byte[]> answers, Runnable progress) throws IOException {
        if (answers.isEmpty()) {
            errors.write(
                    post.response(),
                    503,
                    "The request was not run, or was cancelled: send it again");
            return;
        }
        JsonRpcError error = errors.errorOf(answers.getFirst());
        int status = error == null ? 200 : HttpErrors.status(error);
        HttpErrors.writeJson(
                post.response(), scopes.status(post, error, status), answers.getFirst(), progress);
    }
}
