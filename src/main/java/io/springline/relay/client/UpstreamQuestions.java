package io.springline.relay.client;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The pending server requests of one upstream: sampling, elicitation and roots.
 *
 * <p>Each waits on a virtual thread of its own. Their number is limited. Thread-safe.
 */
public final class UpstreamQuestions {

    /** The maximum number of pending server requests of one call. */
    static final int MAX_PER_CALL = 64;

    /** The maximum number of pending server requests over one connection. */
    static final int MAX = 1_000;

    private static final Logger log = LoggerFactory.getLogger(UpstreamQuestions.class);

    private final String name;
    private final UpstreamTransport transport;
    private final Map<RequestId, Thread> askersById = new ConcurrentHashMap<>();
    private final AtomicInteger unanswered = new AtomicInteger();

    UpstreamQuestions(String name, UpstreamTransport transport) {
        this.name = name;
        this.transport = transport;
    }

    /**
     * Forwards a server request to the client of a call, without waiting for the response.
     *
     * @return the reason if the request is refused; null otherwise
     */
    @Nullable String ask(PendingCall call, ClientCallback exchange, Request request) {
        if (call.askers().size() >= MAX_PER_CALL) {
            return "This call already has %d pending server requests".formatted(MAX_PER_CALL);
        }
        if (unanswered.get() >= MAX) {
            return "Upstream '%s' already has %d pending server requests".formatted(name, MAX);
        }
        Thread asker =
                Thread.ofVirtual()
                        .unstarted(() -> {
                            try {
                                answer(answerOf(exchange, request));
                            } catch (InterruptedException e) {
                                log.debug("Upstream '{}': {} cancelled", name, request);
                            } finally {
                                unanswered.decrementAndGet();
                                call.askers().remove(Thread.currentThread());
                                askersById.remove(request.id(), Thread.currentThread());
                            }
                        });
        unanswered.incrementAndGet();
        askersById.put(request.id(), asker);
        call.askers().add(asker);
        asker.start();
        return null;
    }

    private Response answerOf(ClientCallback exchange, Request request)
            throws InterruptedException {
        ObjectNode params =
                request.params() == null ? JsonNodeFactory.instance.objectNode() : request.params();
        try {
            return new ResultResponse(request.id(), exchange.ask(request.method(), params));
        } catch (JsonRpcException e) {
            return new ErrorResponse(request.id(), e.error());
        } catch (RuntimeException e) {
            log.warn(
                    "Upstream '{}': its request {} cannot be passed on to the client",
                    name,
                    request,
                    e);
            return new ErrorResponse(
                    request.id(),
                    ErrorCode.INTERNAL_ERROR.error(
                            "The request cannot be passed on to the client"));
        }
    }

    void answer(Response response) {
        try {
            transport.send(response);
        } catch (UpstreamException e) {
            log.debug("Upstream '{}': {} not sent: {}", name, response, e.getMessage());
        }
    }

    /** Cancels a server request. Some upstreams send its id back as another JSON type. */
    void cancel(@Nullable JsonNode requestId) {
        RequestId id = RequestId.of(requestId);
        Thread asker = id == null ? null : askersById.get(id);
        if (asker == null && id != null) {
            asker = askersById.get(asOtherType(id));
        }
        if (asker != null) {
            asker.interrupt();
        }
    }

    private static RequestId asOtherType(RequestId id) {
        return id instanceof RequestId.Text(var text) && text.matches("-?[0-9]{1,18}")
                ? new RequestId.Number(Long.parseLong(text))
                : new RequestId.Text(id.toString());
    }
}
