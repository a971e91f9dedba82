package io.springline.session.request;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The requests to one legacy client that it has not answered. Safe for use by many threads. */
public final class OutgoingRequests {

    /** The highest number of unanswered requests. One more fails at once. */
    static final int LIMIT = 64;

    private final Map<RequestId, CompletableFuture<Response>> pending = new HashMap<>();
    private long lastId;
    private String prefix = "s-";
    private boolean closed;

    /** Gives later requests ids that differ from those of the session's former owners. */
    public synchronized void generation(long fence) {
        prefix = "s-%d.".formatted(fence);
    }

    /**
     * Sends a request and blocks until it is answered.
     *
     * @param send queues the request; must not block
     * @param abandoned called with the id if the caller stops waiting, so that the request can be
     *     cancelled at the client
     * @throws JsonRpcException with the client's error, on timeout, or if the connection is lost
     * @throws InterruptedException if the request on whose behalf this one is sent is cancelled
     */
    public JsonNode call(
            String method,
            @Nullable ObjectNode params,
            Duration timeout,
            Consumer<Request> send,
            Consumer<RequestId> abandoned)
            throws InterruptedException {
        var answer = new CompletableFuture<Response>();
        RequestId id = register(answer);
        try {
            send.accept(new Request(id, method, params));
            return switch (answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                case ResultResponse(_, var result) -> result;
                case ErrorResponse(_, var error) -> throw new JsonRpcException(error);
            };
        } catch (TimeoutException e) {
            abandoned.accept(id);
            throw ErrorCode.INTERNAL_ERROR.exception(
                    "The client did not answer %s within %d s"
                            .formatted(method, timeout.toSeconds()));
        } catch (InterruptedException e) {
            abandoned.accept(id);
            throw e;
        } catch (ExecutionException e) {
            throw ErrorCode.INTERNAL_ERROR.exception("The connection to the client is lost");
        } finally {
            forget(id);
        }
    }

    /**
     * Delivers an answer. Returns false if no request waits for it: it is late, unknown or a second
     * one.
     */
    public boolean settle(Response response, RequestId id) {
        CompletableFuture<Response> answer;
        synchronized (this) {
            answer = pending.remove(id);
        }
        return answer != null && answer.complete(response);
    }

    /** Fails the pending requests and all later ones. */
    public void close() {
        List<CompletableFuture<Response>> lost;
        synchronized (this) {
            closed = true;
            lost = List.copyOf(pending.values());
            pending.clear();
        }
        lost.forEach(answer -> answer.completeExceptionally(new IllegalStateException("closed")));
    }

    /** Returns true if the client can never answer again. */
    public synchronized boolean isClosed() {
        return closed;
    }

    private synchronized RequestId register(CompletableFuture<Response> answer) {
        if (closed) {
            throw ErrorCode.INTERNAL_ERROR.exception("The connection to the client is lost");
        }
        if (pending.size() >= LIMIT) {
            throw ErrorCode.INTERNAL_ERROR.exception(
                    "The client has not answered %d requests yet, and no more are sent"
                            .formatted(LIMIT));
        }
        var id = new RequestId.Text(prefix + ++lastId);
        pending.put(id, answer);
        return id;
    }

    private synchronized void forget(RequestId id) {
        pending.remove(id);
    }
}
