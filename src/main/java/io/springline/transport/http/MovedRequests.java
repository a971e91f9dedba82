package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;
import io.springline.transport.http.stream.ResponseStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the messages of legacy sessions. If a request was not run because another node has taken
 * its session over meanwhile, takes the session back and serves the request there, up to {@value
 * #ATTEMPTS} times. Thread-safe.
 */
final class MovedRequests {

    private static final Logger log = LoggerFactory.getLogger(MovedRequests.class);

    private static final int ATTEMPTS = 8;

    /** Longest pause after the first attempt. Each attempt doubles it. */
    private static final int PAUSE_MILLIS = 20;

    private final Endpoint endpoint;
    private final SessionOpenings openings;
    private final HttpExchanges exchanges;
    private final HttpErrors errors;

    MovedRequests(
            Endpoint endpoint,
            SessionOpenings openings,
            HttpExchanges exchanges,
            HttpErrors errors) {
        this.endpoint = endpoint;
        this.openings = openings;
        this.exchanges = exchanges;
        this.errors = errors;
    }

    /** Serves the only request of a POST. */
    void accept(LegacySession session, Request request, ResponseStream stream, Post post) {
        accept(session, request, stream, post, ATTEMPTS);
    }

    /**
     * Serves one of several requests of a POST. If the session moves, the request is not served
     * again, and its answer is an error.
     */
    void acceptOfBatch(LegacySession session, Request request, ResponseStream stream) {
        HttpExchanges.accept(
                endpoint.dispatcher(),
                session.session(),
                request,
                stream,
                () -> answerNotRun(request, stream));
    }

    /**
     * Serves messages that get no answer, and answers 202. If the client says that it is ready,
     * other nodes can see this before it gets the answer.
     */
    void acceptWithoutAnswer(LegacySession session, List<Decoded.Single> messages, Post post)
            throws IOException, InterruptedException {
        messages.forEach(each -> acceptWithoutAnswer(session, each));
        if (messages.size() == 1
                && messages.getFirst() instanceof Message(Notification(var method, _))
                && method.equals("notifications/initialized")
                && !confirm(session, messages.getFirst(), post)) {
            errors.writeStoreAway(post.response());
        } else {
            post.response().setStatus(HttpServletResponse.SC_ACCEPTED);
        }
    }

    /**
     * Blocks until other nodes can see the effect of a message. If the session has moved meanwhile,
     * serves the message again, which is harmless. Returns false if that failed.
     */
    private boolean confirm(LegacySession session, Decoded.Single message, Post post)
            throws InterruptedException {
        LegacySession owner = session;
        for (int left = ATTEMPTS;
                left > 0
                        && openings.find(owner.id(), post.client())
                                instanceof SessionOpenings.Found(var found);
                left--) {
            if (found == owner) {
                return true;
            }
            owner = found;
            acceptWithoutAnswer(owner, message);
        }
        return false;
    }

    /** Serves a message that gets no answer. */
    void acceptWithoutAnswer(LegacySession session, Decoded.Single message) {
        switch (message) {
            case Message _, UnusableAnswer _ ->
                    endpoint.dispatcher()
                            .accept(session.session(), message, Thread::startVirtualThread);
            case Malformed _, Ignored _ -> log.debug("ignored: {}", message);
        }
    }

    private void accept(
            LegacySession session,
            Request request,
            ResponseStream stream,
            Post post,
            int attempts) {
        HttpExchanges.accept(
                endpoint.dispatcher(),
                session.session(),
                request,
                stream,
                () ->
                        Thread.startVirtualThread(
                                () -> again(session, request, stream, post, attempts)));
    }

    private void again(
            LegacySession former, Request request, ResponseStream stream, Post post, int attempts) {
        try {
            for (int left = attempts; left > 0 && exchanges.isOpen(stream); left--) {
                // Two nodes with requests of one session must not take it from each other in turns.
                Thread.sleep(
                        ThreadLocalRandom.current().nextInt(PAUSE_MILLIS << (ATTEMPTS - left)));
                switch (openings.find(former.id(), post.client())) {
                    case SessionOpenings.Found(var session) -> {
                        if (open(session, request, stream)) {
                            accept(session, request, stream, post, left - 1);
                            return;
                        }
                    }
                    case SessionOpenings.TryLater() -> {}
                    case SessionOpenings.Unknown() -> left = 0;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (post.response().isCommitted()) {
            answerNotRun(request, stream);
        } else {
            stream.ended(request.id());
        }
    }

    private void answerNotRun(Request request, ResponseStream stream) {
        stream.answer(errors.encode(notRun(request)));
        stream.ended(request.id());
    }

    private boolean open(LegacySession session, Request request, ResponseStream stream) {
        List<RequestId> ids = List.of(request.id());
        if (!session.streams().open(ids, stream, session.isPrimed())) {
            return false;
        }
        if (!exchanges.isOpen(stream)) {
            session.streams().finished(ids, stream);
        }
        return true;
    }

    private static ErrorResponse notRun(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INTERNAL_ERROR.error(
                        "Not run: the session has moved to another node. Send the request again"));
    }
}
