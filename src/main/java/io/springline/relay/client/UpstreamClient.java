package io.springline.relay.client;

import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.DurationText;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.McpMethod;
import io.springline.relay.config.RelayProperties.Mode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON-RPC client for one upstream connection.
 *
 * <p>It passes responses, progress, log messages and server requests to the pending call that they
 * belong to. An instance lives as long as its transport. Thread-safe.
 */
public final class UpstreamClient implements UpstreamTransport.Receiver {

    /**
     * Receives events that belong to no request. Called on the transport's thread; must not block.
     */
    public interface Listener {

        /**
         * Called for each notification that belongs to no request.
         *
         * @param method {@code notifications/…}
         */
        void notified(String method, @Nullable ObjectNode params);

        /** Called once, when the connection is closed. */
        void closed(String reason);

        /** Called with a message for the operator; the connection stays open. */
        void trouble(String what);
    }

    private static final Logger log = LoggerFactory.getLogger(UpstreamClient.class);
    private static final long LONGEST_PAUSE_NANOS = 250_000_000;
    private static final int SHOWN = 200;

    private final String name;
    private final Mode mode;
    private final UpstreamTransport transport;
    private final Listener listener;
    private final PendingCalls pending;
    private final InboundThrottle throttle = new InboundThrottle();
    private final UpstreamQuestions questions;
    private final AtomicBoolean asksWhileShared = new AtomicBoolean();
    private final AtomicBoolean throttled = new AtomicBoolean();
    private volatile long silentSinceNanos = System.nanoTime();
    private volatile boolean owesAnswer;
    private volatile @Nullable String closedBecause;

    /** Whether the transport has refused a message because it is closed; it reports that later. */
    private volatile boolean hasRefused;

    private final AtomicReference<@Nullable String> ourReason = new AtomicReference<>();

    /**
     * Creates a client; the transport is started by {@link UpstreamConnection#open}.
     *
     * @param mode whether one client session uses the connection, or all of them
     */
    public UpstreamClient(String name, Mode mode, UpstreamTransport transport, Listener listener) {
        this.name = name;
        this.mode = mode;
        this.transport = transport;
        this.listener = listener;
        this.questions = new UpstreamQuestions(name, transport);
        this.pending = new PendingCalls(mode);
    }

    public boolean isOpen() {
        return closedBecause == null && !hasRefused;
    }

    /**
     * Returns for how long the upstream has owed an answer: the time since its last message, or
     * since the first call of a client after it.
     */
    public Duration silence() {
        return Duration.ofNanos(System.nanoTime() - silentSinceNanos);
    }

    /** Returns true while a request of a client is pending. */
    public boolean hasCalls() {
        return pending.hasClientCalls();
    }

    /** Returns the id for the next request, which is also its progress token. */
    public RequestId.Text nextId() {
        return pending.nextId();
    }

    /** Sends a request of the relay itself and blocks until its result arrives. */
    public JsonNode request(String method, ObjectNode params, Duration timeout)
            throws InterruptedException {
        return await(send(nextId(), method, params, null, timeout), timeout);
    }

    /**
     * Sends a request without waiting for the response. {@link #await} must follow. If the request
     * cannot be sent, the answer completes with the reason.
     *
     * @param exchange receives what the upstream sends for this call; null for a request of the
     *     relay itself
     */
    public PendingCall send(
            RequestId id,
            String method,
            ObjectNode params,
            @Nullable ClientCallback exchange,
            Duration timeout) {
        if (exchange != null && !owesAnswer) {
            silentSinceNanos = System.nanoTime();
            owesAnswer = true;
        }
        PendingCall call = pending.add(id, exchange, timeout);
        throttle.request();
        if (!isOpen()) {
            call.answer().completeExceptionally(closed(exchange));
            return call;
        }
        try {
            transport.send(new Request(id, method, params));
        } catch (UpstreamException e) {
            // otherwise, a repeated call would be refused by the same connection
            if (e instanceof ClosedTransportException) {
                hasRefused = true;
            }
            call.answer().completeExceptionally(isOpen() ? e : closed(exchange));
        } catch (RuntimeException | Error e) {
            call.answer().completeExceptionally(e);
        }
        return call;
    }

    /**
     * Returns the result of a request that was sent. Blocks until its response has arrived. To be
     * called once for each request.
     *
     * @param timeout of the request, for the message
     * @throws JsonRpcException if the upstream responds with an error
     * @throws UpstreamException if no response arrives
     * @throws LostResponseException if the response is lost: the outcome is unknown
     * @throws NotBegunException if the request can be sent again
     * @throws LostException if the connection ended: the outcome is unknown
     * @throws InterruptedException if cancelled; the upstream is notified
     */
    public JsonNode await(PendingCall call, Duration timeout) throws InterruptedException {
        try {
            return switch (call.response()) {
                case ResultResponse(_, var result) -> result;
                case ErrorResponse(_, var error) -> throw new JsonRpcException(error);
            };
        } catch (InterruptedException e) {
            transport.cancel(call.id(), cancelled(call.id()));
            throw e;
        } catch (TimeoutException e) {
            transport.cancel(call.id(), cancelled(call.id()));
            throw new UpstreamException(
                    "Upstream '%s' did not answer within %s"
                            .formatted(name, DurationText.of(timeout)));
        } finally {
            pending.remove(call);
            call.askers().forEach(Thread::interrupt);
        }
    }

    /** Sets the mirrored headers of a tool, see {@link UpstreamTransport#mirrored}. */
    public void mirrored(String tool, Map<JsonPointer, String> headerByArgument) {
        transport.mirrored(tool, headerByArgument);
    }

    void send(Notification notification) {
        transport.send(notification);
    }

    /** Closes the connection and blocks until it is closed. Pending calls fail with this reason. */
    public void close(String reason) {
        closeBecause(reason);
        transport.close();
    }

    /** A relayed call that was not sent can be sent again on the next connection. */
    private RuntimeException closed(@Nullable ClientCallback exchange) {
        String reason = closedBecause;
        String closed = reason == null ? "is closed" : "is closed: " + reason;
        return exchange == null
                ? new UpstreamException("Upstream '%s' %s".formatted(name, closed))
                : new NotBegunException(name, closed);
    }

    private static Notification cancelled(RequestId id) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("requestId", id.toJson());
        return new Notification("notifications/cancelled", params);
    }

    @Override
    public void received(JsonRpcMessage message, @Nullable RequestId during) {
        silentSinceNanos = System.nanoTime();
        owesAnswer = false;
        switch (message) {
            case ResultResponse response -> settle(response, response.id());
            case ErrorResponse response -> settle(response, response.id());
            case Request request -> asked(request, during);
            case Notification notification -> notified(notification, during);
        }
    }

    private void settle(Response response, @Nullable RequestId id) {
        PendingCall waiting = pending.ofResponse(id);
        if (waiting == null || !waiting.answer().complete(response)) {
            throttle.message();
            log.debug("Upstream '{}': {} matches no pending request", name, response);
        }
    }

    @Override
    public void failed(RequestId request, String reason) {
        failed(request, new UpstreamException("Upstream '%s': %s".formatted(name, reason)));
    }

    @Override
    public void lost(RequestId request, String reason) {
        failed(request, new LostResponseException(name, reason));
    }

    private void failed(RequestId request, UpstreamException failure) {
        PendingCall waiting = pending.find(request);
        if (waiting == null) {
            return;
        }
        // First, so that whoever has the error of the call finds the reason at the upstream.
        if (waiting.exchange() != null && !waiting.answer().isDone()) {
            listener.trouble(String.valueOf(failure.getMessage()));
        }
        waiting.answer().completeExceptionally(failure);
    }

    @Override
    public void noise() {
        throttle.message();
    }

    @Override
    public void refused(RequestId request, String reason) {
        closedBecause = reason;
        PendingCall waiting = pending.find(request);
        if (waiting != null) {
            waiting.answer().completeExceptionally(new NotBegunException(name, reason));
        }
    }

    @Override
    public void closed(String reason) {
        String ours = ourReason.get();
        String because = ours == null ? reason : ours;
        closedBecause = because;
        pending.fail(() -> new LostException(name, because));
        listener.closed(because);
    }

    @Override
    public void throttle() throws InterruptedException {
        long wait = throttle.waitNanos();
        if (wait > 0) {
            hint(
                    throttled,
                    "Upstream '%s' exceeds the message rate; it is read more slowly"
                            .formatted(name));
        }
        while (wait > 0 && isOpen()) {
            Thread.sleep(Duration.ofNanos(Math.min(wait, LONGEST_PAUSE_NANOS)));
            wait = throttle.waitNanos();
        }
    }

    private void asked(Request request, @Nullable RequestId during) {
        if (request.method().equals("ping")) {
            throttle.message();
            questions.answer(
                    new ResultResponse(request.id(), JsonNodeFactory.instance.objectNode()));
            return;
        }
        PendingCall call = pending.ofMessage(during, request.params());
        String refusal =
                call == null || call.exchange() == null
                        ? unattributable(request)
                        : questions.ask(call, call.exchange(), request);
        if (refusal == null) {
            throttle.message();
            return;
        }
        questions.answer(new ErrorResponse(request.id(), ErrorCode.INTERNAL_ERROR.error(refusal)));
        if (!throttle.refusal()) {
            cutOff("Upstream '%s' kept sending requests that were refused".formatted(name));
        }
    }

    private String unattributable(Request request) {
        if (McpMethod.INITIALIZE.wireName().equals(request.method())
                || McpMethod.DISCOVER.wireName().equals(request.method())) {
            return "it sent back '%s', which only clients send: it is not an MCP server"
                    .formatted(request.method());
        }
        if (mode == Mode.PER_SESSION) {
            return "%s belongs to no running call".formatted(request.method());
        }
        String hint =
                "Upstream '%s' is shared by all clients, and its %s names no call: set mode: per-session for this upstream"
                        .formatted(name, request.method());
        // Many servers request the roots at startup and work without them.
        if (!request.method().equals(InputRequest.Kind.ROOTS.method())) {
            hint(asksWhileShared, hint);
        }
        return hint;
    }

    /** Reports a message to the operator, once per connection. */
    private void hint(AtomicBoolean said, String what) {
        if (said.compareAndSet(false, true)) {
            log.atWarn().addKeyValue("upstream", name).log(what);
            listener.trouble(what);
        }
    }

    /** Closes the connection to a misbehaving upstream, without waiting. */
    private void cutOff(String reason) {
        if (closeBecause(reason)) {
            Thread.startVirtualThread(transport::close);
        }
    }

    /**
     * Records the reason why this side closes the connection; returns true for the first reason.
     */
    private boolean closeBecause(String reason) {
        boolean first = ourReason.compareAndSet(null, reason);
        if (first) {
            closedBecause = reason;
        }
        return first;
    }

    private void notified(Notification notification, @Nullable RequestId during) {
        throttle.message();
        ObjectNode params = notification.params();
        switch (notification.method()) {
            case "notifications/progress" -> progressed(params);
            case "notifications/message" -> logged(params, during);
            case "notifications/cancelled" ->
                    questions.cancel(params == null ? null : params.get("requestId"));
            default -> listener.notified(notification.method(), params);
        }
    }

    private void logged(@Nullable ObjectNode params, @Nullable RequestId during) {
        PendingCall call = pending.ofMessage(during, params);
        if (call != null && call.exchange() != null && params != null) {
            call.exchange().log(params);
        } else {
            log.debug("Upstream '{}': log message of no call: {}", name, shown(params));
        }
    }

    private static String shown(@Nullable ObjectNode params) {
        String text = String.valueOf(params);
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    }

    private void progressed(@Nullable ObjectNode params) {
        PendingCall call = params == null ? null : pending.ofToken(params.get("progressToken"));
        if (call != null && call.exchange() != null && params != null) {
            call.exchange().progress(params);
        }
    }
}
