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
 * The requests of one upstream that its clients have not answered yet: sampling, elicitation,
 * roots. Each waits on a virtual thread of its own; their number is bounded.
 */
public final class UpstreamQuestions {

    /** Most unanswered questions of one call. */
    static final int MAX_PER_CALL = 64;

    /** Most unanswered questions of all calls over one connection. */
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
     * Asks the client of a call, without waiting for its answer.
     *
     * @return why it is not asked; null if it is
     */
    @Nullable String ask(PendingCall call, ClientCallback exchange, Request request) {
        if (call.askers().size() >= MAX_PER_CALL) {
            return "This call has %d unanswered questions already".formatted(MAX_PER_CALL);
        }
        if (unanswered.get() >= MAX) {
            return "Upstream '%s' has %d unanswered questions already".formatted(name, MAX);
        }
        Thread asker =
                Thread.ofVirtual()
                        .unstarted(() -> {
                            try {
                                answer(answerOf(exchange, request));
                            } catch (InterruptedException e) {
                                log.debug("upstream {}: {} is no longer needed", name, request);
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
            log.debug("upstream {}: {} not sent: {}", name, response, e.getMessage());
        }
    }

    /** Stops asking. Some upstreams repeat their id as another JSON type. */
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
