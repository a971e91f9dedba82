package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges with one upstream whose threads have not ended. Each request gets one outcome at
 * most. All messages are delivered by these threads, so the receiver is told of the end once the
 * last of them has ended, and nothing follows.
 */
final class HttpInFlight {

    /**
     * Most requests without an answer, and most other messages not yet taken by the upstream: what
     * four clients may have at work by default.
     */
    static final int LIMIT = 4096;

    /** For requests that a lost session is refusing one by one: each may then be sent again. */
    private static final Duration REFUSALS = Duration.ofSeconds(1);

    private final String upstream;
    private final UpstreamTransport.Receiver receiver;
    private final Map<RequestId, HttpCall> calls = new HashMap<>();
    private final Set<HttpExchange> running = new HashSet<>();
    private @Nullable String closedBecause;
    private boolean hasWorked;
    private boolean hasStream;
    private int others;

    HttpInFlight(String upstream, UpstreamTransport.Receiver receiver) {
        this.upstream = upstream;
        this.receiver = receiver;
    }

    synchronized void add(HttpCall call) {
        checkOpenLocked();
        checkRoom(calls.size());
        if (calls.putIfAbsent(call.id(), call) != null) {
            throw new IllegalArgumentException("a request with this id is in flight: " + call.id());
        }
        running.add(call.exchange());
    }

    /** Adds an exchange that carries no request. */
    synchronized void add(HttpExchange exchange) {
        checkOpenLocked();
        checkRoom(others);
        others++;
        running.add(exchange);
    }

    /** Adds the exchange of the {@link UnsolicitedStream}. */
    synchronized void addStream(HttpExchange exchange) {
        add(exchange);
        hasStream = true;
    }

    /**
     * Lets a request that was accepted without an answer wait for one on the unsolicited stream.
     *
     * @return false if there is no such stream
     */
    synchronized boolean awaitOnStream(HttpCall call) {
        call.awaitOnStream();
        return hasStream;
    }

    /** The unsolicited stream has ended for good: fails the requests that wait for it. */
    void streamEnded(HttpExchange exchange) {
        List<HttpCall> waiting;
        synchronized (this) {
            hasStream = false;
            waiting = calls.values().stream().filter(HttpCall::isAwaitedOnStream).toList();
        }
        waiting.forEach(call -> failed(call.id(), HttpFailure.unanswered()));
        remove(exchange);
    }

    private void checkOpenLocked() {
        if (closedBecause != null) {
            throw new UpstreamException("Upstream '%s' is gone".formatted(upstream));
        }
    }

    private void checkRoom(int used) {
        if (used >= LIMIT) {
            throw new UpstreamException(
                    "Upstream '%s' has %d messages in flight already".formatted(upstream, LIMIT));
        }
    }

    /** The thread of a call ends. */
    void ended(HttpCall call) {
        ended(call.exchange());
    }

    /** The thread of an exchange that carries no request ends. */
    void remove(HttpExchange exchange) {
        synchronized (this) {
            others--;
        }
        ended(exchange);
    }

    private void ended(HttpExchange exchange) {
        String reason;
        synchronized (this) {
            if (!running.remove(exchange) || !running.isEmpty() || closedBecause == null) {
                return;
            }
            reason = closedBecause;
        }
        receiver.closed(reason);
    }

    /** Takes a request out: it gets no outcome any more. Null when it has had one. */
    synchronized @Nullable HttpCall withdraw(RequestId request) {
        return calls.remove(request);
    }

    /** Delivers a message, or fails the request that an answer cannot be used for. */
    void received(Decoded.Single one, @Nullable RequestId during) {
        switch (one) {
            case Decoded.Message(var message) -> received(message, during);
            case Decoded.UnusableAnswer(var id, var reason) -> {
                worked();
                if (withdraw(id) != null) {
                    receiver.failed(id, "the answer cannot be used: " + reason);
                }
            }
            case Decoded.Malformed _, Decoded.Ignored _ -> {}
        }
    }

    /** Delivers a message; a response only where its request still waits for one. */
    void received(JsonRpcMessage message, @Nullable RequestId during) {
        worked();
        if (message instanceof Response response) {
            RequestId id =
                    switch (response) {
                        case ResultResponse result -> result.id();
                        case ErrorResponse error -> error.id();
                    };
            HttpCall answered = id == null ? null : withdraw(id);
            if (answered == null) {
                return;
            }
            if (!answered.id().equals(during)) {
                answered.answeredElsewhere();
            }
        } else if (during != null && !isWaiting(during)) {
            return;
        }
        receiver.received(message, during);
        try {
            receiver.throttle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void worked() {
        hasWorked = true;
    }

    synchronized boolean isWaiting(RequestId request) {
        return calls.containsKey(request);
    }

    /**
     * Ends a request; and everything if the session is lost, or the upstream is gone. One that has
     * never answered is for the handshake to judge.
     */
    void failed(RequestId request, HttpFailure failure) {
        boolean waiting = withdraw(request) != null;
        if (failure.sessionLost() && !failure.notBegun()) {
            close(failure.reason());
        } else if (failure.sessionLost() || waiting && failure.notBegun() && hasWorked()) {
            refuse(failure.reason());
            if (waiting) {
                receiver.refused(request, failure.reason());
            }
        } else if (waiting) {
            receiver.failed(request, failure.reason());
        }
    }

    private synchronized boolean hasWorked() {
        return hasWorked;
    }

    /** Takes no more requests; those that run have a second to be refused as well. */
    private void refuse(String reason) {
        List<HttpExchange> streams;
        synchronized (this) {
            if (closedBecause != null) {
                return;
            }
            closedBecause = reason;
            streams = new ArrayList<>(running);
            calls.values().forEach(call -> streams.remove(call.exchange()));
        }
        streams.forEach(HttpExchange::abort);
        CompletableFuture.delayedExecutor(REFUSALS.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::abortAll);
    }

    /** Aborts whatever runs. */
    void close(String reason) {
        boolean ended;
        synchronized (this) {
            ended = closedBecause == null && running.isEmpty();
            if (closedBecause == null) {
                closedBecause = reason;
            }
        }
        if (ended) {
            receiver.closed(reason);
        } else {
            abortAll();
        }
    }

    private void abortAll() {
        List<HttpExchange> rest;
        synchronized (this) {
            calls.clear();
            rest = List.copyOf(running);
        }
        rest.forEach(HttpExchange::abort);
    }

    synchronized boolean isClosed() {
        return closedBecause != null;
    }
}
