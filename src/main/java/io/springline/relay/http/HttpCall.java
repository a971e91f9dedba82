package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.sse.SseReader;
import io.springline.jsonrpc.sse.SseResumption;
import io.springline.relay.http.HttpExchange.Opening;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to an upstream: its POST, its response stream, and the resumption of that stream.
 *
 * <p>The thread that has the request sends it, and a thread of the client delivers a small result:
 * most calls have no thread of their own. They get one for all that may block.
 */
final class HttpCall {

    private static final Logger log = LoggerFactory.getLogger(HttpCall.class);

    /** The maximum number of consecutive resumptions of a stream without an event. */
    static final int RESUMPTIONS = 4;

    /** The maximum number of attempts to send a request while others' responses arrive. */
    private static final int ATTEMPTS = 30;

    private static final Duration ATTEMPT_PAUSE = Duration.ofMillis(500);

    private static final String CUT = "upstream ended the stream without a response";

    private final Request request;
    private final HttpMessageMapper wire;
    private final HttpInFlight inFlight;
    private final CompletableFuture<?> ready;
    private final @Nullable EndpointStream fallback;
    private final HttpExchange exchange;
    private final boolean modern;
    private volatile boolean sent;
    private volatile boolean begun;
    private volatile boolean awaitedOnStream;

    /**
     * Creates a call; {@link #start} sends it.
     *
     * @param ready completes when requests may be sent
     * @param fallback the stream to open if the upstream refuses {@code initialize}; null for none
     */
    HttpCall(
            Request request,
            HttpMessageMapper wire,
            HttpInFlight inFlight,
            CompletableFuture<?> ready,
            @Nullable EndpointStream fallback) {
        this.request = request;
        this.wire = wire;
        this.inFlight = inFlight;
        this.ready = ready;
        this.fallback = fallback;
        this.exchange = wire.exchange();
        this.modern = ModernHeaders.isModern(request);
    }

    RequestId id() {
        return request.id();
    }

    HttpExchange exchange() {
        return exchange;
    }

    /**
     * Returns true if the upstream may have received the request and expects a cancel notification.
     */
    boolean wantsCancellation() {
        return sent && !modern;
    }

    /**
     * Ends the POST after the response arrived on another stream. With HTTP+SSE the POST ends by
     * itself.
     */
    void answeredElsewhere() {
        if (wire.session().endpoint() == null) {
            exchange.abort();
        }
    }

    /** Marks the response as expected on the {@link UnsolicitedStream}. */
    void awaitOnStream() {
        awaitedOnStream = true;
    }

    boolean isAwaitedOnStream() {
        return awaitedOnStream;
    }

    /** Returns true if the response to a call has begun. A subscription has no such response. */
    boolean hasBegun() {
        return begun && !request.method().equals("subscriptions/listen");
    }

    /** Sends the request; on this thread if that does not block. */
    void start() {
        if (!ready.isDone() || !wire.credential().isReady()) {
            startThread(() -> {
                exchange.await(ready);
                converse(begin());
            });
            return;
        }
        try {
            Opening opening = begin();
            opening.reply()
                    .thenApply(this::tryDeliver)
                    .whenComplete((delivered, _) -> {
                        if (!Boolean.TRUE.equals(delivered)) {
                            startThread(() -> converse(opening));
                        }
                    });
        } catch (HttpFailure | RuntimeException e) {
            startThread(() -> {
                throw e;
            });
        }
    }

    private interface Conversation {
        void hold() throws HttpFailure;
    }

    private void startThread(Conversation conversation) {
        inFlight.startThread(() -> run(conversation));
    }

    private void run(Conversation conversation) {
        try {
            conversation.hold();
        } catch (HttpFailure e) {
            inFlight.failed(id(), e);
        } catch (RuntimeException e) {
            log.error(
                    "A request to an upstream failed because of a fault in Springline: {}",
                    request,
                    e);
            inFlight.failed(id(), HttpFailure.unknown());
        } finally {
            inFlight.ended(this);
        }
    }

    private Opening begin() throws HttpFailure {
        if (modern && wire.session().endpoint() != null) {
            throw new HttpFailure("HTTP+SSE does not carry 2026-07-28");
        }
        sent = true;
        begun = false;
        return exchange.begin(wire.post(request));
    }

    /** Delivers the result if the reply is complete and holds nothing else. Does not block. */
    private boolean tryDeliver(HttpReply reply) {
        byte[] body = reply.completeBody();
        if (body == null
                || body.length > wire.maxMessageBytes()
                || !reply.isSuccess()
                || isHandshake()
                || !(wire.codec().decode(body) instanceof Decoded.Message(ResultResponse result))
                || !id().equals(result.id())) {
            return false;
        }
        exchange.unlimit();
        run(() -> inFlight.deliver(result, during()));
        return true;
    }

    private void converse(Opening opening) throws HttpFailure {
        HttpReply reply = reply(opening);
        begun = true;
        if (isHandshake() && reply.isSuccess()) {
            wire.session().begin(reply);
        }
        if (reply.isSuccess() && exchange.isStream(reply)) {
            follow(reply);
        } else {
            body(reply);
        }
    }

    /**
     * Returns the reply. If the upstream cannot be reached, sends the request again while others'
     * responses arrive: a refused request closes the transport, and they would be lost.
     */
    private HttpReply reply(Opening first) throws HttpFailure {
        Opening opening = first;
        for (int attempts = 1; ; attempts++) {
            try {
                return exchange.finish(opening);
            } catch (HttpFailure e) {
                if (e.kind() != HttpFailure.Kind.UNREACHABLE
                        || attempts == ATTEMPTS
                        || !inFlight.isReceiving()) {
                    throw e;
                }
            }
            exchange.pause(ATTEMPT_PAUSE);
            opening = begin();
        }
    }

    private void body(HttpReply reply) throws HttpFailure {
        String text = text(reply);
        if (isOfSession() && wire.session().isLost(reply, text) && !isOurError(reply, text)) {
            throw HttpFailure.refusedAsExpired();
        }
        for (Decoded.Single message : wire.messages(text, id())) {
            accept(message);
        }
        if (!inFlight.isWaiting(id()) || reply.isSuccess() && wire.session().endpoint() != null) {
            return;
        }
        if (isHandshake() && fallback != null && mayBeOlder(reply) && fallback.tryOpen()) {
            converse(begin());
            return;
        }
        if (!reply.isSuccess()) {
            throw HttpFailure.status(reply);
        }
        if (!isOfSession() || !text.isBlank() || !inFlight.awaitOnStream(this)) {
            throw HttpFailure.unanswered();
        }
    }

    /**
     * Returns true if the body contains the error of this request, by whose code {@link #accept}
     * decides: its text may be about a session of a tool, which may have run.
     */
    private boolean isOurError(HttpReply reply, String text) {
        return reply.status() != 404
                && reply.status() != 410
                && wire.messages(text).stream()
                        .anyMatch(one ->
                                one instanceof Decoded.Message(ErrorResponse(var id, _))
                                        && id().equals(id));
    }

    /**
     * Returns true for a status by which a server of 2024-11-05 refuses the POST (MCP 2025-11-25,
     * Transports, Backwards Compatibility).
     */
    private static boolean mayBeOlder(HttpReply reply) {
        return switch (reply.status()) {
            case 400, 404, 405 -> true;
            default -> false;
        };
    }

    private String text(HttpReply reply) throws HttpFailure {
        try {
            return wire.text(exchange, reply);
        } catch (HttpFailure e) {
            throw reply.isSuccess() ? e : HttpFailure.status(reply);
        }
    }

    private void follow(HttpReply first) throws HttpFailure {
        var resumption = new SseResumption();
        HttpReply stream = first;
        while (!answered(stream, resumption)) {
            stream = resumed(resumption);
        }
        exchange.drain(stream);
    }

    /** Reads a stream until the response arrives; returns false if the stream ends before. */
    private boolean answered(HttpReply reply, SseResumption resumption) throws HttpFailure {
        SseReader stream = wire.events(reply);
        try {
            for (SseReader.Event event; (event = stream.next()) != null; ) {
                if (event.tooLarge()) {
                    exchange.abort();
                    throw wire.tooLarge();
                }
                if (event.type().equals("message")) {
                    for (Decoded.Single message : wire.messages(event.data(), id())) {
                        accept(message);
                    }
                }
                if (!inFlight.isWaiting(id())) {
                    return true;
                }
            }
        } catch (IOException e) {
            // handled as an early end of the stream
        }
        resumption.ended(stream);
        return false;
    }

    private HttpReply resumed(SseResumption resumption) throws HttpFailure {
        String from = resumption.lastEventId();
        while (!modern && from != null && resumption.fruitless() < RESUMPTIONS) {
            exchange.pause(resumption.nextPause());
            HttpReply reply = reopened(from);
            if (reply == null) {
                continue;
            }
            if (reply.isSuccess() && exchange.isStream(reply)) {
                return reply;
            }
            if (wire.session().isLost(reply, text(reply))) {
                throw HttpFailure.expired();
            }
            if (reply.status() < 500) {
                break;
            }
        }
        throw HttpFailure.lost(CUT);
    }

    /** Requests the rest of the stream; returns null if the upstream cannot be reached. */
    private @Nullable HttpReply reopened(String lastEventId) throws HttpFailure {
        try {
            return exchange.open(wire.get(lastEventId));
        } catch (HttpFailure e) {
            if (exchange.isAborted()) {
                throw e;
            }
            return null;
        }
    }

    private void accept(Decoded.Single message) throws HttpFailure {
        if (isHandshake()
                && message instanceof Decoded.Message(ResultResponse(var id, var result))) {
            // before the receiver sends a message with the version header
            if (id.equals(id())) {
                wire.session().agree(result);
            }
        }
        if (isOfSession()
                && message instanceof Decoded.Message(ErrorResponse(var id, var error))
                && id().equals(id)
                && HttpSession.isLost(error)) {
            throw HttpFailure.refusedAsExpired();
        }
        inFlight.deliverDecoded(message, during());
    }

    /** Returns the id of this request; null with HTTP+SSE, where all messages share one stream. */
    private @Nullable RequestId during() {
        return wire.session().endpoint() == null ? id() : null;
    }

    private boolean isHandshake() {
        return !modern && request.method().equals("initialize");
    }

    private boolean isOfSession() {
        return !modern && !isHandshake();
    }
}
