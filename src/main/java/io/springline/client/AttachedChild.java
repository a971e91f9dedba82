package io.springline.client;

import io.springline.client.local.LocalServer;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ExtensionMethods;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One run of a server (here: the child) that is attached to a hub: passes messages between the two.
 * The session with the hub is resumed when the connection breaks, and ends with the child.
 *
 * <p>Each session of the hub begins with {@code initialize}; the child gets the first one only, and
 * its result answers the others.
 */
final class AttachedChild implements ClientListener, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AttachedChild.class);
    private static final String INITIALIZED = "notifications/initialized";
    private static final String CANCELLED = "notifications/cancelled";

    /** The maximum wait for running calls after {@link #stop}. */
    private static final int STOP_SECONDS = 10;

    private static final Duration FULL_PAUSE = Duration.ofMillis(50);

    /** Why a run has ended. */
    sealed interface End {

        /** The hub does not serve this agent, or the agent has stopped. */
        record Refused(String why) implements End {}

        record Exited(int code) implements End {}
    }

    /** The handshake of the child, which stands for those of all sessions. */
    private record Handshake(JsonNode version, CompletableFuture<Response> answer) {}

    private final String hub;
    private final McpWebSocketClient client;
    private final LocalServer child;
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final AtomicLong lastId = new AtomicLong();

    /** The hub's ids of requests that the child has not answered, by the ids that the child got. */
    private final Map<RequestId, RequestId> asked = new ConcurrentHashMap<>();

    private final JsonRpcCodec codec = JsonRpcCodec.json(Integer.MAX_VALUE);
    private volatile boolean stopping;

    /** The maximum size of a message to the hub, in bytes. */
    private volatile long maxBytes = Long.MAX_VALUE;

    private final Map<RequestId, CompletableFuture<Response>> greetings = new ConcurrentHashMap<>();

    /** Used by the client's thread only. */
    private @Nullable Handshake handshake;

    /** Whether the child knows that its handshake is over; used by the client's thread only. */
    private boolean greeted;

    /**
     * Starts the child, then the client.
     *
     * @throws IOException if the child cannot be started
     */
    AttachedChild(
            LocalServer.Launcher launcher,
            Function<ClientListener, McpWebSocketClient> clients,
            String hub)
            throws IOException {
        this.hub = hub;
        this.client = clients.apply(this);
        this.child = launcher.start(this::fromChild, this::exited);
        client.start();
    }

    /** Blocks until the child has exited, or the hub refuses it for good. */
    End awaitEnd() throws InterruptedException {
        try {
            return end.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the run when the running calls are answered. Does not block. */
    void stop() {
        stopping = true;
        end.completeOnTimeout(new End.Refused("stopped"), STOP_SECONDS, TimeUnit.SECONDS);
        endIfStopped();
    }

    private void endIfStopped() {
        if (stopping && asked.isEmpty()) {
            end.complete(new End.Refused("stopped"));
        }
    }

    private void exited(int code) {
        asked.forEach((id, original) -> {
            if (asked.remove(id, original)) {
                toHub(failure(original, "the server exited with code " + code));
            }
        });
        end.complete(new End.Exited(code));
    }

    @Override
    public void stateChanged(ClientState state) {
        switch (state) {
            case ClientState.Open ignored -> log.info("Attached to {}", hub);
            case ClientState.Resuming ignored ->
                    log.info("Not attached to {}; connecting again", hub);
            case ClientState.Connecting ignored ->
                    log.info("Not attached to {}; connecting again", hub);
            case ClientState.Lost(var reason) ->
                    log.warn("{} has lost the session ({}); opening a new one", hub, reason);
            case ClientState.Closed(var reason) -> end.complete(new End.Refused(reason));
        }
    }

    @Override
    public void received(JsonRpcMessage message) {
        switch (message) {
            case Request request -> requested(request);
            case Notification(var method, var params)
                    when method.equals(CANCELLED) && params != null ->
                    cancelled(params);
            case Notification(var method, var ignored) when method.equals(INITIALIZED) -> {
                if (!greeted) {
                    greeted = true;
                    toChild(message);
                }
            }
            case Notification ignored -> toChild(message);
            case Response ignored -> toChild(message);
        }
    }

    private void requested(Request request) {
        if (request.method().equals("initialize")) {
            greet(request);
        } else if (request.method().equals(ExtensionMethods.STDERR)) {
            ObjectNode result = JsonNodeFactory.instance.objectNode();
            child.stderr().forEach(result.putArray("lines")::add);
            toHub(new ResultResponse(request.id(), result));
        } else if (stopping) {
            toHub(failure(request.id(), "the agent stops, and has not run this request"));
        } else {
            var id = new RequestId.Number(lastId.incrementAndGet());
            asked.put(id, request.id());
            if (!toChild(request.withId(id)) && asked.remove(id) != null) {
                toHub(failure(request.id(), "the server has exited"));
            }
        }
    }

    private void greet(Request request) {
        if (request.params() != null
                && request.params().remove("_meta") instanceof ObjectNode meta) {
            maxBytes = meta.path(ExtensionMethods.MAX_MESSAGE_SIZE).asLong(Long.MAX_VALUE);
        }
        JsonNode version =
                request.params() == null
                        ? MissingNode.getInstance()
                        : request.params().path("protocolVersion");
        Handshake known = handshake;
        boolean first =
                known == null
                        || (known.answer().isDone()
                                ? known.answer().join() instanceof ErrorResponse
                                : !known.version().equals(version));
        if (known == null || first) {
            known = new Handshake(version, new CompletableFuture<>());
            handshake = known;
            greeted = false;
        }
        known.answer().thenAccept(answer -> toHub(as(request.id(), answer)));
        if (first) {
            var id = new RequestId.Number(lastId.incrementAndGet());
            greetings.put(id, known.answer());
            toChild(request.withId(id));
        }
    }

    private static Response as(RequestId id, Response answer) {
        return switch (answer) {
            case ResultResponse(var ignored, var result) -> new ResultResponse(id, result);
            case ErrorResponse(var ignored, var error) -> new ErrorResponse(id, error);
        };
    }

    private static ErrorResponse failure(RequestId id, String reason) {
        return new ErrorResponse(id, ErrorCode.INTERNAL_ERROR.error(reason));
    }

    private void cancelled(ObjectNode params) {
        RequestId named = RequestId.of(params.get("requestId"));
        asked.forEach((id, original) -> {
            if (original.equals(named) && asked.remove(id, original)) {
                ObjectNode renamed = params.deepCopy();
                renamed.set("requestId", id.toJson());
                toChild(new Notification(CANCELLED, renamed));
            }
        });
        endIfStopped();
    }

    /** Returns false if the child has exited. */
    private boolean toChild(JsonRpcMessage message) {
        try {
            child.send(message);
            return true;
        } catch (IOException e) {
            log.debug("the server takes no messages", e);
            return false;
        }
    }

    private void fromChild(JsonRpcMessage message) {
        switch (message) {
            case Response answer when answer.id() != null -> {
                CompletableFuture<Response> greeting = greetings.remove(answer.id());
                RequestId original = asked.remove(answer.id());
                if (greeting != null) {
                    greeting.complete(answer);
                } else if (original != null) {
                    toHub(as(original, answer));
                    endIfStopped();
                }
            }
            case Response ignored -> log.debug("an answer without an id is dropped");
            case Request ignored -> toHub(message);
            case Notification ignored -> toHub(message);
        }
    }

    /**
     * Queues a message for the hub. While too many wait there, blocks for an answer, so that the
     * child is not read; everything else is dropped. The hub would end a session with a message
     * that is too large, so only the call fails.
     */
    private void toHub(JsonRpcMessage given) {
        JsonRpcMessage message = given;
        int bytes = codec.encode(given).length;
        if (bytes > maxBytes) {
            String problem =
                    "a message of %d bytes: %s takes no more than %d"
                            .formatted(bytes, hub, maxBytes);
            log.warn("The server has sent {}", problem);
            if (!(given instanceof Response answer) || answer.id() == null) {
                return;
            }
            message = failure(answer.id(), "the server answered with " + problem);
        }
        while (!end.isDone()) {
            try {
                client.send(message);
                return;
            } catch (IllegalArgumentException e) {
                log.warn("a request of the server is dropped: {}", e.getMessage());
                return;
            } catch (IllegalStateException e) {
                if (!(message instanceof Response)
                        || client.state() instanceof ClientState.Closed) {
                    log.debug("dropped: {}: {}", e.getMessage(), message);
                    return;
                }
            }
            try {
                Thread.sleep(FULL_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Ends the session and the child. Blocks for a few seconds. */
    @Override
    public void close() {
        end.complete(new End.Refused("closed"));
        client.close();
        child.close();
    }
}
