package io.springline.transport.http;

import io.springline.jsonrpc.Decoded;
import io.springline.jsonrpc.Decoded.Batch;
import io.springline.jsonrpc.Decoded.Ignored;
import io.springline.jsonrpc.Decoded.Malformed;
import io.springline.jsonrpc.Decoded.Message;
import io.springline.jsonrpc.Decoded.UnusableAnswer;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.ProtocolVersion;
import io.springline.websocket.RequestAdmission;
import io.springline.websocket.RequestAdmission.Admitted;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the revisions 2025-03-26 to 2025-11-25: a session from {@code initialize} to DELETE. */
final class LegacyRequests {

    static final String SESSION = "Mcp-Session-Id";

    private static final Logger log = LoggerFactory.getLogger(LegacyRequests.class);
    private static final int SESSION_ID_BYTES = 24;

    private final Endpoint endpoint;
    private final RequestAdmission admission;
    private final LegacySessions sessions;
    private final HttpExchanges exchanges;
    private final HttpErrors errors;
    private final SecureRandom random = new SecureRandom();

    LegacyRequests(
            Endpoint endpoint,
            RequestAdmission admission,
            LegacySessions sessions,
            HttpExchanges exchanges,
            HttpErrors errors) {
        this.endpoint = endpoint;
        this.admission = admission;
        this.sessions = sessions;
        this.exchanges = exchanges;
        this.errors = errors;
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
        if (session == null || !isVersionServed(post)) {
            return;
        }
        session.used();
        session.session().identity().present(post.client().caller());
        if (decoded instanceof Batch batch) {
            JsonRpcError refusal = HttpBatches.refusal(session.session(), batch);
            if (refusal == null) {
                serve(post, session, batch.elements(), HttpBatches::array);
            } else {
                errors.write(post.response(), 400, refusal, null);
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
            errors.write(post.response(), 429, "Too many sessions a second from this address");
            return;
        }
        var streams = new SessionStreams(newSessionId());
        ResponseStream stream =
                exchanges.stream(post, request.method(), List.of(request.id()), false);
        McpSession session =
                exchanges.session(endpoint.name(), new Identity(post.client().caller()), streams);
        var opened =
                new LegacySession(
                        session,
                        streams,
                        post.client().caller().name(),
                        post.client().addressKey());
        boolean kept = false;
        try {
            streams.open(List.of(request.id()), stream);
            HttpExchanges.accept(endpoint.dispatcher(), session, request, stream);
            if (session.legacy().client() != null) {
                LegacySessions.Admission result = sessions.add(opened);
                if (result != LegacySessions.Admission.ADMITTED) {
                    refuse(post, result);
                    return;
                }
                kept = true;
                post.response().setHeader(SESSION, opened.id());
            }
            stream.serve(answers -> write(post, answers, List::getFirst));
        } finally {
            streams.finished(List.of(request.id()), stream);
            if (kept) {
                exchanges.closed(stream);
            } else {
                exchanges.end(session, stream);
            }
        }
    }

    private void refuse(Post post, LegacySessions.Admission result) throws IOException {
        post.response().setHeader("Retry-After", "5");
        if (result == LegacySessions.Admission.CLIENT_LIMIT) {
            errors.write(post.response(), 429, "Too many sessions of this client are in use");
        } else {
            errors.write(post.response(), 503, "Too many sessions are in use");
        }
    }

    private String newSessionId() {
        byte[] bytes = new byte[SESSION_ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Without a header the session's revision counts, and so it does if another is named. */
    private boolean isVersionServed(Post post) throws IOException {
        String version = post.request().getHeader(ModernHeaders.VERSION);
        if (version == null || ProtocolVersion.of(version).isPresent()) {
            return true;
        }
        errors.write(
                post.response(),
                400,
                "Invalid Request: the header %s names no revision that is served: %s"
                        .formatted(
                                ModernHeaders.VERSION,
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
                    errors.write(post.response(), 400, "Invalid Request: an id occurs twice");
                    return;
                }
                method = request.method();
            }
        }
        if (ids.isEmpty()) {
            messages.forEach(each -> accept(session, each));
            post.response().setStatus(HttpServletResponse.SC_ACCEPTED);
            return;
        }
        ResponseStream stream =
                exchanges.stream(post, ids.size() > 1 ? "tools/call" : method, ids, false);
        if (!session.streams().open(ids, stream)) {
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
                    case Message(Request request) -> request(session, request, stream);
                    case Malformed(var answer, _) -> stream.answer(errors.encode(answer));
                    default -> accept(session, each);
                }
            }
            stream.serve(answers -> write(post, answers, join));
        } finally {
            exchanges.closed(stream);
            session.used();
            session.streams().finished(ids, stream);
        }
    }

    private void request(LegacySession session, Request request, ResponseStream stream) {
        if (HttpErrors.isOfWebSockets(request.method())) {
            session.session()
                    .send(
                            new ErrorResponse(
                                    request.id(),
                                    ErrorCode.METHOD_NOT_FOUND.error(
                                            "Method not found: " + request.method())));
        } else {
            HttpExchanges.accept(endpoint.dispatcher(), session.session(), request, stream);
        }
    }

    /** Takes what is not answered. */
    private void accept(LegacySession session, Decoded.Single message) {
        switch (message) {
            case Message _, UnusableAnswer _ ->
                    endpoint.dispatcher()
                            .accept(session.session(), message, Thread::startVirtualThread);
            case Malformed _, Ignored _ -> log.debug("ignored: {}", message);
        }
    }

    private static void write(Post post, List<byte[]> answers, Function<List<byte[]>, byte[]> join)
            throws IOException {
        if (answers.isEmpty()) {
            // cancelled: nobody waits for an answer
            post.response().setStatus(HttpServletResponse.SC_ACCEPTED);
        } else {
            HttpErrors.writeJson(post.response(), 200, join.apply(answers));
        }
    }

    void get(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException, InterruptedException {
        LegacySession session = find(request, response, client);
        if (session == null) {
            return;
        }
        session.used();
        ResponseStream stream = exchanges.standalone(request, response);
        try {
            session.streams().standalone(stream);
            stream.serve(_ -> {});
        } finally {
            session.streams().standaloneGone(stream);
            exchanges.closed(stream);
            session.used();
        }
    }

    void delete(HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException {
        LegacySession session = find(request, response, client);
        if (session != null) {
            sessions.end(session);
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        }
    }

    /** Returns the session that a request names, or null if it has been refused. */
    private @Nullable LegacySession find(
            HttpServletRequest request, HttpServletResponse response, Admitted client)
            throws IOException {
        String id = request.getHeader(SESSION);
        if (id == null) {
            errors.write(
                    response,
                    400,
                    "Invalid Request: the header %s is required, as initialize has returned it"
                            .formatted(SESSION));
            return null;
        }
        LegacySession found = sessions.find(id, client.caller(), endpoint.name());
        if (found == null) {
            errors.write(
                    response,
                    404,
                    new JsonRpcError(HttpErrors.SESSION_NOT_FOUND, "Session not found", null),
                    null);
        }
        return found;
    }
}
