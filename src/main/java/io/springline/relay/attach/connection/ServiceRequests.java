package io.springline.relay.attach.connection;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ExtensionMethods;
import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests of Springline itself to an attached server: the handshake, {@code ping}, and the last
 * lines of its standard error. Thread-safe.
 */
final class ServiceRequests {

    private static final String[] VERSIONS = {"2025-11-25", "2024-11-05"};

    private final IntSupplier numbers;
    private final Consumer<JsonRpcMessage> write;
    private final Map<Integer, CompletableFuture<Response>> byNumber = new ConcurrentHashMap<>();
    private volatile @Nullable String endedBecause;

    /**
     * @param numbers gives the integers that requests have as their ids
     * @param write sends a message to the server
     */
    ServiceRequests(IntSupplier numbers, Consumer<JsonRpcMessage> write) {
        this.numbers = numbers;
        this.write = write;
    }

    /**
     * Performs the handshake and blocks until it is done.
     *
     * @param maxMessageSize the limit of the server's messages; null if it is not sent
     * @param patience the maximum wait for one answer; after silence an older version is tried
     * @return the result of {@code initialize}
     * @throws UpstreamException if there is no usable answer
     */
    ObjectNode initialize(
            ObjectNode capabilities, @Nullable DataSize maxMessageSize, Duration patience)
            throws InterruptedException {
        String reason = "it did not answer initialize";
        for (String version : VERSIONS) {
            ObjectNode params = JsonNodeFactory.instance.objectNode();
            params.put("protocolVersion", version);
            params.set("capabilities", capabilities);
            params.putObject("clientInfo").put("name", "springline").put("version", "1");
            if (maxMessageSize != null) {
                params.putObject("_meta")
                        .put(ExtensionMethods.MAX_MESSAGE_SIZE, maxMessageSize.toBytes());
            }
            Response response = request(AttachedTransport.INITIALIZE, params, patience);
            if (response instanceof ResultResponse(_, ObjectNode result)) {
                write.accept(new Notification(AttachedTransport.INITIALIZED));
                return result;
            }
            if (response instanceof ErrorResponse(_, var error)) {
                reason = "it refused initialize: " + error.message();
            }
        }
        throw new UpstreamException(reason);
    }

    /** Returns whether the server answers {@code ping} in time; an error is an answer. Blocks. */
    boolean answersPing(Duration patience) throws InterruptedException {
        try {
            return request("ping", null, patience) != null;
        } catch (UpstreamException e) {
            return false;
        }
    }

    /** Returns the last lines of the server's standard error; null if it has none. Blocks. */
    @Nullable List<String> stderr(Duration patience) throws InterruptedException {
        try {
            return request(ExtensionMethods.STDERR, null, patience)
                            instanceof ResultResponse(_, var result)
                    ? result.path("lines").valueStream().map(each -> each.asString("")).toList()
                    : null;
        } catch (UpstreamException e) {
            return null;
        }
    }

    /** Returns the answer, or null after the time-out. */
    private @Nullable Response request(
            String method, @Nullable ObjectNode params, Duration patience)
            throws InterruptedException {
        var answer = new CompletableFuture<Response>();
        int number = numbers.getAsInt();
        byNumber.put(number, answer);
        try {
            write.accept(new Request(new RequestId.Number(number), method, params));
            if (endedBecause != null) {
                throw new UpstreamException("the connection has ended: " + endedBecause);
            }
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new UpstreamException("the connection has ended: " + endedBecause);
        } finally {
            byNumber.remove(number);
        }
    }

    /** Returns whether all are answered. */
    boolean isIdle() {
        return byNumber.isEmpty();
    }

    /** Takes an answer of the server. Returns false if it answers another request. */
    boolean answered(int number, Response response) {
        CompletableFuture<Response> request = byNumber.get(number);
        if (request != null) {
            request.complete(response);
        }
        return request != null;
    }

    /** The connection has ended: what waits for an answer fails. */
    void ended(String reason) {
        endedBecause = reason;
        byNumber.values()
                .forEach(each -> each.completeExceptionally(new UpstreamException(reason)));
    }
}
