package io.springline.relay;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges with one upstream that have not ended, and the way of everything they bring to the
 * receiver: each request gets one outcome at most, and after {@code closed} nothing follows.
 */
final class HttpInFlight {

    /** Most requests without an answer, and most other messages not yet taken by the upstream. */
    static final int LIMIT = 1000;

    private final String upstream;
    private final UpstreamTransport.Receiver receiver;
    private final Map<RequestId, HttpCall> calls = new HashMap<>();
    private final Set<HttpExchange> others = new HashSet<>();
    private int deliveries;
    private @Nullable String closedBecause;
    private boolean told;

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
    }

    /** Adds an exchange that carries no request. */
    synchronized void add(HttpExchange exchange) {
        checkOpenLocked();
        checkRoom(others.size());
        others.add(exchange);
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

    synchronized void remove(HttpExchange exchange) {
        others.remove(exchange);
    }

    /** Takes a request out: it gets no outcome any more. Null when it has had one. */
    synchronized @Nullable HttpCall withdraw(RequestId request) {
        return calls.remove(request);
    }

    /** Delivers a message; a response only where its request still waits for one. */
    void received(JsonRpcMessage message, @Nullable RequestId during) {
        HttpCall elsewhere = null;
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
            elsewhere = answered.id().equals(during) ? null : answered;
        } else if (during != null && !isWaiting(during)) {
            return;
        }
        if (elsewhere != null) {
            elsewhere.abort();
        }
        deliver(() -> receiver.received(message, during));
        try {
            receiver.throttle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized boolean isWaiting(RequestId request) {
        return calls.containsKey(request);
    }

    /** Ends a request, or everything when the failure is the session's. */
    void failed(RequestId request, HttpFailure failure) {
        if (failure.sessionLost()) {
            if (failure.notBegun() && withdraw(request) != null) {
                deliver(() -> receiver.refused(request, failure.reason()));
            }
            close(failure.reason());
        } else if (withdraw(request) != null) {
            deliver(() -> receiver.failed(request, failure.reason()));
        }
    }

    /** Aborts whatever runs. The receiver is told as soon as it is out of all other callbacks. */
    void close(String reason) {
        List<HttpCall> lostCalls;
        List<HttpExchange> lostOthers;
        synchronized (this) {
            if (closedBecause != null) {
                return;
            }
            closedBecause = reason;
            lostCalls = List.copyOf(calls.values());
            lostOthers = List.copyOf(others);
            calls.clear();
            others.clear();
        }
        lostCalls.forEach(HttpCall::abort);
        lostOthers.forEach(HttpExchange::abort);
        tellIfLast();
    }

    synchronized boolean isClosed() {
        return closedBecause != null;
    }

    private void deliver(Runnable callback) {
        synchronized (this) {
            if (closedBecause != null) {
                return;
            }
            deliveries++;
        }
        try {
            callback.run();
        } finally {
            synchronized (this) {
                deliveries--;
            }
            tellIfLast();
        }
    }

    private void tellIfLast() {
        String reason;
        synchronized (this) {
            if (closedBecause == null || told || deliveries > 0) {
                return;
            }
            told = true;
            reason = closedBecause;
        }
        receiver.closed(reason);
    }
}
