package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.relay.client.ClosedTransportException;
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
 * The running exchanges with one upstream.
 *
 * <p>Each request gets at most one outcome. Messages are delivered by the threads of the exchanges,
 * small results by threads of the client; the receiver's {@code closed} is called after the last of
 * them has ended. Thread-safe.
 */
final class HttpInFlight {

    /**
     * The maximum number of pending requests, and of other messages that are being sent: the
     * default limit of four clients.
     */
    static final int LIMIT = 4096;

    /** The time for a lost session to refuse its running requests, which can then be sent again. */
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

    /** Runs work that may block. */
    void startThread(Runnable work) {
        Thread.ofVirtual().name("upstream-" + upstream).start(work);
    }

    /**
     * Adds a call.
     *
     * @throws UpstreamException if the transport is closed or the limit is reached
     */
    synchronized void add(HttpCall call) {
        checkOpenLocked();
        checkRoom(calls.size());
        if (calls.putIfAbsent(call.id(), call) != null) {
            throw new IllegalArgumentException("a request with this id is in flight: " + call.id());
        }
        running.add(call.exchange());
    }

    /**
     * Adds an exchange without a request.
     *
     * @throws UpstreamException if the transport is closed or the limit is reached
     */
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
     * Makes an accepted request without a response wait for one on the unsolicited stream.
     *
     * @return false if there is no such stream
     */
    synchronized boolean awaitOnStream(HttpCall call) {
        call.awaitOnStream();
        return hasStream;
    }

    /** Removes the unsolicited stream and fails the requests that wait for it. */
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
            throw new ClosedTransportException("Upstream '%s' is closed".formatted(upstream));
        }
    }

    private void checkRoom(int used) {
        if (used >= LIMIT) {
            throw new UpstreamException(
                    "Upstream '%s' already has %d messages in flight".formatted(upstream, LIMIT));
        }
    }

    /** Removes the exchange of a call that ends. */
    void ended(HttpCall call) {
        ended(call.exchange());
    }

    /** Removes an exchange without a request whose thread ends. */
    void remove(HttpExchange exchange) {
        synchronized (this) {
            others--;
        }
        ended(exchange);
    }

    /** Removes an exchange. If its response was not read to the end, closes the connection. */
    private void ended(HttpExchange exchange) {
        exchange.abort();
        String reason;
        synchronized (this) {
            if (!running.remove(exchange) || !running.isEmpty() || closedBecause == null) {
                return;
            }
            reason = closedBecause;
        }
        receiver.closed(reason);
    }

    /** Removes a request, which then gets no outcome. Returns null if it already had one. */
    synchronized @Nullable HttpCall withdraw(RequestId request) {
        return calls.remove(request);
    }

    /** Delivers a message of a stream that belongs to no request. */
    void deliverDecoded(Decoded.Single one) {
        deliverDecoded(one, null);
    }

    /** Delivers a message; an invalid response fails its request. */
    void deliverDecoded(Decoded.Single one, @Nullable RequestId during) {
        switch (one) {
            case Decoded.Message(var message) -> deliverThrottled(message, during);
            case Decoded.UnusableAnswer(var id, var reason) -> {
                worked();
                if (tryAnswer(id, during)) {
                    receiver.failed(id, "invalid response: " + reason);
                }
            }
            case Decoded.Malformed _, Decoded.Ignored _ -> {}
        }
    }

    /** Delivers a message; blocks while the upstream exceeds its message rate. */
    void deliverThrottled(JsonRpcMessage message, @Nullable RequestId during) {
        deliver(message, during);
        try {
            receiver.throttle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Delivers a message. A response is dropped if its request is not pending. */
    void deliver(JsonRpcMessage message, @Nullable RequestId during) {
        worked();
        if (message instanceof Response response) {
            RequestId id =
                    switch (response) {
                        case ResultResponse result -> result.id();
                        case ErrorResponse error -> error.id();
                    };
            if (id == null || !tryAnswer(id, during)) {
                return;
            }
        } else if (during != null && !isWaiting(during)) {
            return;
        }
        receiver.received(message, during);
    }

    /**
     * Removes the request of a response, and ends its POST if the response arrived on another
     * stream. Returns false if the request is not pending.
     */
    private boolean tryAnswer(RequestId request, @Nullable RequestId during) {
        HttpCall answered = withdraw(request);
        if (answered != null && !request.equals(during)) {
            answered.answeredElsewhere();
        }
        return answered != null;
    }

    private synchronized void worked() {
        hasWorked = true;
    }

    synchronized boolean isWaiting(RequestId request) {
        return calls.containsKey(request);
    }

    /**
     * Fails a request. If the session is lost, the transport closes as well; also if the upstream
     * is unreachable, unless it has never answered: then the handshake fails. See also {@link
     * #isReceiving}.
     */
    void failed(RequestId request, HttpFailure failure) {
        boolean waiting = withdraw(request) != null;
        String reason = failure.reason();
        switch (failure.kind()) {
            case EXPIRED -> close(reason);
            case REFUSED -> refused(request, waiting, reason);
            case UNREACHABLE -> {
                if (waiting && hasWorked()) {
                    refused(request, true, reason);
                } else if (waiting) {
                    receiver.failed(request, reason);
                }
            }
            case LOST -> {
                if (waiting) {
                    receiver.lost(request, reason);
                }
            }
            case FAILED -> {
                if (waiting) {
                    receiver.failed(request, reason);
                }
            }
        }
    }

    private void refused(RequestId request, boolean waiting, String reason) {
        refuse(reason);
        if (waiting) {
            receiver.refused(request, reason);
        }
    }

    /** Returns true if the transport is open and the response to a call has begun. */
    synchronized boolean isReceiving() {
        return closedBecause == null && calls.values().stream().anyMatch(HttpCall::hasBegun);
    }

    private synchronized boolean hasWorked() {
        return hasWorked;
    }

    /** Rejects further requests; running ones have one second to be refused as well. */
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

    /** Closes the transport and aborts all exchanges. */
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
