package io.springline.relay;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends requests to one upstream and finds out what belongs to which. Ids and progress tokens are
 * our own and unguessable, so that neither an upstream nor one of several clients can speak for
 * another. Lives as long as its transport.
 */
final class UpstreamClient implements UpstreamTransport.Receiver {

    /** Told of what concerns no request. Called on the transport's thread; must not block. */
    interface Listener {

        /**
         * @param method {@code notifications/…}
         */
        void notified(String method, @Nullable ObjectNode params);

        void closed(String reason);
    }

    private static final Logger log = LoggerFactory.getLogger(UpstreamClient.class);

    /** One request that waits for its answer; the exchange is null for our own. */
    private record Pending(
            CompletableFuture<Response> answer,
            @Nullable Exchange exchange,
            Set<Thread> askers,
            long number) {}

    private final String name;
    private final UpstreamTransport transport;
    private final Listener listener;
    private final String secret;
    private final AtomicLong lastNumber = new AtomicLong();
    private final Map<RequestId, Pending> pending = new ConcurrentHashMap<>();
    private final Map<RequestId, Thread> askersById = new ConcurrentHashMap<>();
    private volatile @Nullable String closedBecause;

    UpstreamClient(String name, UpstreamTransport transport, Listener listener) {
        this.name = name;
        this.transport = transport;
        this.listener = listener;
        byte[] bytes = new byte[12];
        new SecureRandom().nextBytes(bytes);
        this.secret = HexFormat.of().formatHex(bytes);
    }

    boolean isOpen() {
        return closedBecause == null;
    }

    /** Our id of the next request, which is its progress token as well. */
    RequestId.Text nextId() {
        return new RequestId.Text(secret + "-" + lastNumber.incrementAndGet());
    }

    JsonNode request(String method, ObjectNode params, Duration timeout)
            throws InterruptedException {
        return request(nextId(), method, params, null, timeout);
    }

    /**
     * Sends a request and waits for its result.
     *
     * @throws JsonRpcException with the upstream's error
     * @throws UpstreamException when no answer comes
     * @throws NotBegunException when it may be sent again
     * @throws LostException when the upstream ended meanwhile: whether it has done its work is
     *     unknown
     * @throws InterruptedException when cancelled; the upstream has been told
     */
    JsonNode request(
            RequestId id,
            String method,
            ObjectNode params,
            @Nullable Exchange exchange,
            Duration timeout)
            throws InterruptedException {
        var waiting =
                new Pending(
                        new CompletableFuture<>(),
                        exchange,
                        ConcurrentHashMap.newKeySet(),
                        lastNumber.get());
        pending.put(id, waiting);
        try {
            String closed = closedBecause;
            if (closed != null) {
                throw new UpstreamException("Upstream '%s' is gone: %s".formatted(name, closed));
            }
            transport.send(new Request(id, method, params));
            return switch (waiting.answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                case ResultResponse(_, var result) -> result;
                case ErrorResponse(_, var error) -> throw new JsonRpcException(error);
            };
        } catch (InterruptedException e) {
            transport.cancel(id, cancelled(id));
            throw e;
        } catch (TimeoutException e) {
            transport.cancel(id, cancelled(id));
            throw new UpstreamException(
                    "Upstream '%s' did not answer within %d ms"
                            .formatted(name, timeout.toMillis()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UpstreamException failed) {
                throw failed;
            }
            if (e.getCause() instanceof LostException lost) {
                throw lost;
            }
            if (e.getCause() instanceof NotBegunException notBegun) {
                throw notBegun;
            }
            throw new IllegalStateException(e);
        } finally {
            pending.remove(id);
            waiting.askers.forEach(Thread::interrupt);
        }
    }

    /** See {@link UpstreamTransport#mirrored}. */
    void mirrored(String tool, Map<String, String> headerByArgument) {
        transport.mirrored(tool, headerByArgument);
    }

    void send(Notification notification) {
        transport.send(notification);
    }

    void close() {
        transport.close();
    }

    private static Notification cancelled(RequestId id) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("requestId", id.toJson());
        return new Notification("notifications/cancelled", params);
    }

    @Override
    public void received(JsonRpcMessage message, @Nullable RequestId during) {
        switch (message) {
            case ResultResponse response -> settle(response, response.id());
            case ErrorResponse response -> settle(response, response.id());
            case Request request -> asked(request, during);
            case Notification notification -> notified(notification, during);
        }
    }

    private void settle(Response response, @Nullable RequestId id) {
        Pending waiting = id == null ? null : pending.get(id);
        if (waiting == null || !waiting.answer.complete(response)) {
            log.debug("upstream {}: {} settles nothing", name, response);
        }
    }

    @Override
    public void failed(RequestId request, String reason) {
        Pending waiting = pending.get(request);
        if (waiting != null) {
            waiting.answer.completeExceptionally(
                    new UpstreamException("Upstream '%s': %s".formatted(name, reason)));
        }
    }

    @Override
    public void refused(RequestId request, String reason) {
        closedBecause = reason;
        Pending waiting = pending.get(request);
        if (waiting != null) {
            waiting.answer.completeExceptionally(new NotBegunException(name, reason));
        }
    }

    @Override
    public void closed(String reason) {
        closedBecause = reason;
        pending.values()
                .forEach(waiting ->
                        waiting.answer.completeExceptionally(new LostException(name, reason)));
        listener.closed(reason);
    }

    private void asked(Request request, @Nullable RequestId during) {
        if (request.method().equals("ping")) {
            answer(new ResultResponse(request.id(), JsonNodeFactory.instance.objectNode()));
            return;
        }
        Pending parent = belongingTo(during);
        if (parent == null || parent.exchange == null) {
            answer(
                    new ErrorResponse(
                            request.id(),
                            ErrorCode.INTERNAL_ERROR.error(
                                    "No single client that this request could belong to")));
            return;
        }
        Exchange exchange = parent.exchange;
        Thread asker =
                Thread.ofVirtual()
                        .unstarted(() -> {
                            try {
                                ask(exchange, request);
                            } finally {
                                parent.askers.remove(Thread.currentThread());
                                askersById.remove(request.id());
                            }
                        });
        parent.askers.add(asker);
        askersById.put(request.id(), asker);
        asker.start();
    }

    private void ask(Exchange exchange, Request request) {
        ObjectNode params =
                request.params() == null ? JsonNodeFactory.instance.objectNode() : request.params();
        try {
            answer(new ResultResponse(request.id(), exchange.ask(request.method(), params)));
        } catch (JsonRpcException e) {
            answer(new ErrorResponse(request.id(), e.error()));
        } catch (InterruptedException e) {
            log.debug("upstream {}: {} is no longer needed", name, request);
        }
    }

    private void answer(Response response) {
        try {
            transport.send(response);
        } catch (UpstreamException e) {
            log.debug("upstream {}: {} not sent: {}", name, response, e.getMessage());
        }
    }

    private void notified(Notification notification, @Nullable RequestId during) {
        ObjectNode params = notification.params();
        switch (notification.method()) {
            case "notifications/progress" -> progressed(params);
            case "notifications/message" -> {
                Pending parent = belongingTo(during);
                if (parent != null && parent.exchange != null && params != null) {
                    parent.exchange.log(params);
                }
            }
            case "notifications/cancelled" -> {
                RequestId id = params == null ? null : RequestId.of(params.get("requestId"));
                Thread asker = id == null ? null : askersById.get(id);
                if (asker != null) {
                    asker.interrupt();
                }
            }
            default -> listener.notified(notification.method(), params);
        }
    }

    private void progressed(@Nullable ObjectNode params) {
        RequestId token = params == null ? null : RequestId.of(params.get("progressToken"));
        Pending waiting = token == null ? null : pending.get(token);
        if (waiting != null && waiting.exchange != null && params != null) {
            waiting.exchange.progress(params);
        }
    }

    /**
     * The request that a message without a reference belongs to: the one whose stream it came on,
     * or the latest one, provided that only one client has requests here. Null when that cannot be
     * told: better to nobody than to the wrong one.
     */
    private @Nullable Pending belongingTo(@Nullable RequestId during) {
        if (during != null) {
            return pending.get(during);
        }
        Pending latest = null;
        for (Pending each : pending.values()) {
            if (each.exchange == null) {
                continue;
            }
            if (latest != null
                    && latest.exchange != null
                    && !latest.exchange.owner().equals(each.exchange.owner())) {
                return null;
            }
            if (latest == null || each.number > latest.number) {
                latest = each;
            }
        }
        return latest;
    }
}
