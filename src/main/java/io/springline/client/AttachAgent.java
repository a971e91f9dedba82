package io.springline.client;

import io.springline.client.ReconnectDecision.Reconnect;
import io.springline.client.ReconnectDecision.Renew;
import io.springline.client.ReconnectDecision.Stop;
import io.springline.client.WebSocketLink.Event;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Attaches a stdio MCP server of this machine to a Springline server elsewhere.
 *
 * <p>The child process outlives the connection: after a reconnect, {@code initialize} is answered
 * with the child's first result. An answer goes only to the connection on which its request came;
 * the caller of another one was told that the outcome is unknown. If the child exits, it is started
 * again.
 */
public final class AttachAgent {

    private static final Logger log = LoggerFactory.getLogger(AttachAgent.class);
    private static final Duration HEALTHY = Duration.ofSeconds(30);
    private static final String INITIALIZED = "notifications/initialized";

    /** A request of the hub that the child has not answered. */
    private record Asked(WebSocketLink link, RequestId id, boolean initialize) {}

    private final Settings settings;
    private final List<String> command;
    private final JsonRpcCodec json;
    private final JsonRpcCodec cbor;
    private final AtomicLong lastId = new AtomicLong();
    private final Map<RequestId, Asked> asked = new ConcurrentHashMap<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable WebSocketLink link;
    private volatile @Nullable StdioChild child;
    private volatile @Nullable ResultResponse initialized;
    private @Nullable String refused;

    /** Whether the child knows that its handshake is over; used by the reader only. */
    private boolean greeted;

    AttachAgent(Settings settings, @Nullable String name, List<String> command) {
        this.settings = settings.at(withQuery(settings.uri(), name));
        this.command = List.copyOf(command);
        this.json = JsonRpcCodec.json(settings.maxMessageSize());
        this.cbor = JsonRpcCodec.cbor(settings.maxMessageSize(), false);
    }

    private static URI withQuery(URI uri, @Nullable String name) {
        String query = "instance=" + UUID.randomUUID();
        if (name != null) {
            query += "&name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
        }
        return URI.create(uri + (uri.getRawQuery() == null ? "?" : "&") + query);
    }

    /**
     * Starts the child, and keeps it attached until {@link #stop}, or until the hub refuses it for
     * good. Blocks.
     *
     * @return why the hub refuses it; null after {@link #stop}
     * @throws IOException if the child cannot be started
     */
    public @Nullable String run() throws IOException, InterruptedException {
        child = start();
        var backoff =
                new Backoff(
                        settings.backoffBase(),
                        settings.backoffCap(),
                        RandomGenerator.getDefault());
        try {
            while (!isStopped() && refused == null) {
                if (stopped.await(backoff.next().toMillis(), TimeUnit.MILLISECONDS)) {
                    break;
                }
                if (child == null) {
                    child = start();
                }
                long begun = System.nanoTime();
                ReconnectDecision next = connection();
                if (System.nanoTime() - begun >= HEALTHY.toNanos()) {
                    backoff.reset();
                }
                if (!isStopped()) {
                    after(next);
                }
            }
            return refused;
        } finally {
            StdioChild last = child;
            if (last != null) {
                last.close();
            }
        }
    }

    private void after(ReconnectDecision next) throws InterruptedException {
        switch (next) {
            case Reconnect(var wait, var why) -> {
                log.info("Not attached: {}; connecting again", why);
                stopped.await(wait.toMillis(), TimeUnit.MILLISECONDS);
            }
            case Renew(var why) -> log.info("Not attached: {}; connecting again", why);
            case Stop(var why) -> refused = why;
        }
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /** Ends the connection and the child; {@link #run} returns. Does not block. */
    public void stop() {
        stopped.countDown();
        WebSocketLink open = link;
        if (open != null) {
            open.close(1001, "the agent stops");
        }
    }

    private StdioChild start() throws IOException {
        initialized = null;
        asked.clear();
        return new StdioChild(command, settings.maxMessageSize(), this::fromChild, this::exited);
    }

    private void exited(int code) {
        if (isStopped()) {
            return;
        }
        log.warn("The server '{}' exited with code {}; it is started again", command.get(0), code);
        child = null;
        WebSocketLink open = link;
        asked.forEach((id, request) ->
                answer(
                        request.link(),
                        new ErrorResponse(
                                request.id(),
                                ErrorCode.INTERNAL_ERROR.error(
                                        "the server exited with code " + code))));
        asked.clear();
        if (open != null) {
            open.close(1011, "the server exited with code " + code);
        }
    }

    /** Serves one connection until it ends. */
    private ReconnectDecision connection() throws InterruptedException {
        WebSocketLink open;
        try {
            open = new WebSocketLink(settings, json, cbor, settings.token().get(), _ -> {});
        } catch (WebSocketLink.RefusedException e) {
            return e.decision();
        } catch (IOException e) {
            return new Reconnect(Duration.ZERO, String.valueOf(e.getMessage()));
        }
        link = open;
        if (isStopped()) {
            open.close(1001, "the agent stops");
        }
        log.info("Attached to {}", settings.uri().getHost());
        new KeepAlive(settings.pingInterval(), settings.pingTimeout()).start(open, () -> 0);
        try {
            while (true) {
                switch (open.read()) {
                    case Event.Message(var bytes) -> fromHub(open, bytes);
                    case Event.End(var code, var reason) -> {
                        return CloseCodes.of(code, reason);
                    }
                }
            }
        } finally {
            link = null;
            asked.values().removeIf(each -> each.link() == open && !each.initialize());
        }
    }

    private void fromHub(WebSocketLink open, byte[] bytes) throws InterruptedException {
        if (open.codec().decode(bytes) instanceof Decoded.Message(var message)) {
            switch (message) {
                case Request request -> requested(open, request);
                case Notification notification -> notified(open, notification);
                case Response response -> toChild(response);
            }
        }
    }

    private void notified(WebSocketLink open, Notification notification) {
        ObjectNode params = notification.params();
        switch (notification.method()) {
            case INITIALIZED -> {
                if (!greeted) {
                    greeted = true;
                    toChild(notification);
                }
            }
            case "notifications/cancelled" -> {
                if (params != null) {
                    cancelled(open, params);
                }
            }
            default -> toChild(notification);
        }
    }

    private void requested(WebSocketLink open, Request request) {
        boolean initialize = request.method().equals("initialize");
        ResultResponse known = initialized;
        if (initialize && known != null) {
            answer(open, new ResultResponse(request.id(), known.result()));
            return;
        }
        if (initialize) {
            greeted = false;
        }
        var id = new RequestId.Number(lastId.incrementAndGet());
        asked.put(id, new Asked(open, request.id(), initialize));
        if (!toChild(new Request(id, request.method(), request.params()))) {
            asked.remove(id);
            answer(
                    open,
                    new ErrorResponse(
                            request.id(), ErrorCode.INTERNAL_ERROR.error("the server has exited")));
        }
    }

    private void cancelled(WebSocketLink open, ObjectNode params) {
        RequestId named = RequestId.of(params.get("requestId"));
        asked.forEach((id, request) -> {
            if (request.link() == open && request.id().equals(named)) {
                asked.remove(id);
                ObjectNode renamed = params.deepCopy();
                renamed.set("requestId", id.toJson());
                toChild(new Notification("notifications/cancelled", renamed));
            }
        });
    }

    /** Returns false if the child has exited. */
    private boolean toChild(JsonRpcMessage message) {
        StdioChild running = child;
        try {
            if (running != null) {
                running.send(message);
                return true;
            }
        } catch (IOException e) {
            log.debug("the server takes no messages", e);
        }
        return false;
    }

    private void fromChild(JsonRpcMessage message) {
        switch (message) {
            case Response response when response.id() != null -> {
                Asked request = asked.remove(response.id());
                if (request == null) {
                    return;
                }
                if (request.initialize() && response instanceof ResultResponse result) {
                    initialized = result;
                }
                answer(
                        request.link(),
                        switch (response) {
                            case ResultResponse(_, var result) ->
                                    new ResultResponse(request.id(), result);
                            case ErrorResponse(_, var error) ->
                                    new ErrorResponse(request.id(), error);
                        });
            }
            case Response _ -> {}
            case Request _, Notification _ -> {
                WebSocketLink open = link;
                if (open != null) {
                    answer(open, message);
                }
            }
        }
    }

    private void answer(WebSocketLink to, JsonRpcMessage message) {
        try {
            to.send(to.codec().encode(message));
        } catch (IOException e) {
            log.debug("the connection has ended before an answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
