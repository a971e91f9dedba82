package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.mcp.ProtocolVersion;
import io.springline.mcp.RequestHeaders;
import io.springline.session.McpSession;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.handshake.ConnectionRefusals;
import io.springline.transport.handshake.RequestAdmission;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.http.stream.EventId;
import io.springline.transport.http.stream.ResponseStream;
import io.springline.transport.http.stream.SessionStreams;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves the revisions 2025-03-26 to 2025-11-25 over HTTP: sessions from {@code initialize} to
 * DELETE.
 */
final class LegacyRequests {

    static final String SESSION = "Mcp-Session-Id";
    private static final String LAST_EVENT = "Last-Event-ID";

    private final Endpoint endpoint;
    private final RequestAdmission admission;
    private final LegacySessions sessions;
    private final SessionOpenings openings;
    private final HttpExchanges exchanges;
    private final MovedRequests moved;
    private final HttpErrors errors;
    private final ScopeChallenge scopes;

    LegacyRequests(
            Endpoint endpoint,
            RequestAdmission admission,
            LegacySessions sessions,
            SessionOpenings openings,
            HttpExchanges exchanges,
            HttpErrors errors,
            ScopeChallenge scopes) {
        this.endpoint = endpoint;
        this.admission = admission;
        this.sessions = sessions;
        this.openings = openings;
        this.exchanges = exchanges;
        this.moved = new MovedRequests(endpoint, openings, exchanges, errors);
        this.errors = errors;
        this.scopes = scopes;
    }

    void post(Post post, Decoded decoded) throws IOException, InterruptedException {
        if (decoded instanceof Message(Request request) && request.method().equals("initialize")) {
            initialize(post, request);
            return;
        }
        if (decoded instanceof Malformed(var answer, _)) {
            errors.write(post.response(), 400, answer.error(), answer.id());
            return;
        }
        LegacySession session = find(post.request(), post.response(), post.client());
        if (session == null || !checkVersion(post)) {
            return;
        }
        session.received(decoded instanceof Batch(var elements) ? elements.size() : 1);
        session.session().identity().present(post.client().caller());
        if (decoded instanceof Batch batch) {
            JsonRpcError refusal = HttpBatches.refusal(session.session(), batch);
            if (refusal == null) {
                serve(post, session, batch.elements(), HttpBatches::array);
            } else {
                errors.write(post.response(), 400, refusal);
            }
        } else if (decoded instanceof Ignored(var reason)) {
            errors.write(post.response(), 400, "Invalid Request: " + reason);
        } else {
            serve(post, session, List.of((Decoded.Single) decoded), List::getFirst);
        }
    }

    private void initialize(Post post, Request request) throws IOException, InterruptedException {
        if (!admission.mayOpenSession(post.client().addressKey())) {
            post.response().setHeader("Retry-After", "1");
            errors.write(
                    post.response(),
                    429,
                    "Too many new sessions per second from this address: try again later");
            return;
        }
        ResponseStream stream = exchanges.stream(post, request.method(), List.of(request.id()));
        SessionStreams streams = openings.streams();
        McpSession session = openings.session(post.client(), streams);
        boolean kept = false;
        try {
            streams.open(request.id(), stream);
            HttpExchanges.accept(endpoint.dispatcher(), session, request, stream);
            if (session.legacy().client() != null) {
                LegacySession opened = openings.open(session, streams, post.client());
                if (opened == null) {
                    errors.writeStoreAway(post.response());
                    return;
                }
                LegacySessions.Admission result = sessions.add(opened);
                if (result != LegacySessions.Admission.ADMITTED) {
                    refuse(post, result);
                    return;
                }
                kept = true;
                opened.received(1);
                opened.auditOpened();
                post.response().setHeader(SESSION, opened.id());
            }
            stream.serve((answers, progress) -> write(post, answers, List::getFirst, progress));
        } finally {
            streams.finished(List.of(request.id()), stream);
            exchanges.closed(stream);
            if (!kept) {
                openings.discard(session, streams);
            }
        }
    }

    private void refuse(Post post, LegacySessions.Admission result) throws IOException {
        post.response().setHeader("Retry-After", "5");
        if (result == LegacySessions.Admission.CLIENT_LIMIT) {
            errors.write(
                    post.response(),
                    429,
                    "Too many sessions of this client are in use: end one first");
        } else if (result == LegacySessions.Admission.ENDPOINT_LIMIT) {
            errors.write(post.response(), 503, ConnectionRefusals.text(Rejection.ENDPOINT_LIMIT));
        } else {
            errors.write(
                    post.response(),
                    503,
                    "The server has reached springline.http.max-sessions: try again later");
        }
    }

    /**
     * Returns true if the version header is absent or names a supported revision. Otherwise answers
     * 400. The session's own revision applies, whichever the header names.
     */
    private boolean checkVersion(Post post) throws IOException {
        String version = post.request().getHeader(RequestHeaders.VERSION);
        if (version == null || ProtocolVersion.of(version).isPresent()) {
            return true;
        }
        errors.write(
                post.response(),
                400,
                "Invalid Request: the header %s must name a supported revision: %s"
                        .formatted(
                                RequestHeaders.VERSION,
                                String.join(", ", ProtocolVersion.SUPPORTED)));
        return false;
    }

    private void serve(
            Post post,
            LegacySession session,
            List<Decoded.Single> messages,
            Function<List<byte[]>, byte[]> join)
            throws IOException, InterruptedException {
        Set<RequestId> ids = new LinkedHashSet<>();
        String method = "";
        for (Decoded.Single each : messages) {
            if (each instanceof Message(Request request)) {
                if (!ids.add(request.id())) {
                    errors.write(
                            post.response(),
                            400,
                            "Invalid Request: two requests of the batch have the same id");
                    return;
                }
                method = request.method();
            }
        }
        if (ids.isEmpty()) {
            moved.acceptWithoutAnswer(session, messages, post);
            return;
        }
        ResponseStream stream = exchanges.stream(post, ids.size() > 1 ? "tools/call" : method, ids);
        if (!session.streams().open(ids, stream, session.isPrimed())) {
            exchanges.closed(stream);
            errors.write(
                    post.response(),
                    400,
                    "Invalid Request: the id of a request is still in flight");
            return;
        }
        try {
            for (Decoded.Single each : messages) {
                switch (each) {
                    case Message(Request request) -> request(post, session, request, stream, ids);
                    case Malformed(var answer, _) -> stream.answer(errors.encode(answer));
                    default -> moved.acceptWithoutAnswer(session, each);
                }
            }
            stream.serve((answers, progress) -> {
                if (answers.isEmpty() && session.streams().isClosed()) {
                    post.response().setHeader("Retry-After", "1");
                    errors.write(
                            post.response(),
                            503,
                            "The session has ended or has moved to another node: send the request again");
                    return;
                }
                write(post, answers, join, progress);
                session.streams().delivered(ids);
            });
        } finally {
            exchanges.closed(stream);
            session.used();
            session.streams().finished(ids, stream);
            LegacySession now =
                    sessions.find(session.id(), post.client().caller(), endpoint.name());
            if (now != null && now != session) {
                now.streams().finished(ids, stream); // taken back meanwhile
            }
        }
    }

    private void request(
            Post post,
            LegacySession session,
            Request request,
            ResponseStream stream,
            Set<RequestId> all) {
        if (HttpErrors.isOfWebSockets(request.method())) {
            session.session()
                    .send(
                            new ErrorResponse(
                                    request.id(),
                                    ErrorCode.METHOD_NOT_FOUND.error(
                                            "Method not found: " + request.method())));
        } else if (all.size() == 1) {
            moved.accept(session, request, stream, post);
        } else {
            moved.acceptOfBatch(session, request, stream);
        }
    }

    private void write(
            Post post, List<byte[]> answers, Function<List<byte[]>, byte[]> join, Runnable progress)
            throws IOException {
        if (answers.isEmpty()) {
            // Cancelled: no answer will come.
            post.response().setStatus(HttpServletResponse.SC_ACCEPTED);
        } else {
            JsonRpcError error = answers.size() == 1 ? errors.errorOf(answers.getFirst()) : null;
            HttpErrors.writeJson(
                    post.response(),
                    scopes.status(post, error, 200),
                    join.apply(answers),
                    progress);
        }
    }

    void get(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        LegacySession session = find(request, response, client);
        if (session == null) {
            return;
        }
        session.used();
        String lastEvent = request.getHeader(LAST_EVENT);
        EventId last = lastEvent == null ? null : EventId.parse(lastEvent);
        if (last != null && !last.requests().isEmpty()) {
            resume(request, response, client, session, last);
            return;
        }
        ResponseStream stream = exchanges.opened(request, response, client, List.of());
        Runnable gone =
                () -> {
                    session.streams().standaloneGone(stream);
                    exchanges.closed(stream);
                    session.used();
                };
        exchanges.serveEvents(
                stream,
                request,
                client,
                gone,
                () -> {
                    if (last == null) {
                        session.streams().standalone(stream, session.isPrimed());
                    } else {
                        session.streams().standalone(stream, session.isPrimed(), last);
                    }
                });
    }

    private void resume(
            HttpServletRequest request,
            HttpServletResponse response,
            Admitted client,
            LegacySession session,
            EventId last)
            throws IOException, InterruptedException {
        ResponseStream stream = exchanges.opened(request, response, client, last.requests());
        try {
            session.streams().resume(last, stream);
            for (RequestId each : last.requests()) {
                if (stream.awaits(each) && !session.runs(each)) {
                    HttpExchanges.answerSoon(stream, each, errors.encode(unavailable(each)));
                }
            }
            stream.serve((_, _) -> {});
        } finally {
            exchanges.closed(stream);
            session.used();
            session.streams().finished(last.requests(), stream);
        }
    }

    private static ErrorResponse unavailable(RequestId request) {
        return new ErrorResponse(
                request,
                ErrorCode.INTERNAL_ERROR.error(
                        "The result is no longer available: it was sent too long ago"));
    }

    void delete(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        LegacySession session = find(request, response, client);
        if (session != null) {
            sessions.end(session);
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        }
    }

    /**
     * Returns the session that the request names. If there is none, answers the request and returns
     * null.
     */
    private @Nullable LegacySession find(
            HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        String id = request.getHeader(SESSION);
        if (id == null) {
            errors.write(
                    response,
                    400,
                    "Invalid Request: the header %s is required. Send the value that initialize has returned"
                            .formatted(SESSION));
            return null;
        }
        return switch (openings.find(id, client)) {
            case SessionOpenings.Found(var session) -> session;
            case SessionOpenings.Unknown() -> {
                errors.writeSessionNotFound(response);
                yield null;
            }
            case SessionOpenings.TryLater() -> {
                errors.writeStoreAway(response);
                yield null;
            }
        };
    }
}
