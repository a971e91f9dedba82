package io.springline.relay.attach.connection;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.relay.attach.connection.PendingRequests.Pending;
import io.springline.relay.client.UpstreamTransport.Receiver;
import io.springline.session.Deduplication;
import io.springline.session.McpSession;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Passes each message of an attached server to the clients that it is meant for. A message that
 * belongs to no request is counted at the upstream of this node.
 */
final class ServerMessages {

    private final McpSession session;
    private final AttachedClients clients;
    private final AttachedClient own;
    private final PendingRequests pending;
    private final ServiceRequests service;
    private final Consumer<JsonRpcMessage> write;
    private final Runnable onAnswer;

    /**
     * @param own the upstream of this node
     * @param write sends a message to the server
     * @param onAnswer runs after a request of a client was answered
     */
    ServerMessages(
            McpSession session,
            AttachedClients clients,
            AttachedClient own,
            PendingRequests pending,
            ServiceRequests service,
            Consumer<JsonRpcMessage> write,
            Runnable onAnswer) {
        this.session = session;
        this.clients = clients;
        this.own = own;
        this.pending = pending;
        this.service = service;
        this.write = write;
        this.onAnswer = onAnswer;
    }

    void accept(Decoded.Single one) {
        switch (one) {
            case Decoded.Message(var message) -> accept(message);
            case Decoded.UnusableAnswer(var id, var reason) ->
                    unusable(id, "invalid response: " + reason);
            case Decoded.Malformed(var answer, _) -> {
                noise();
                if (answer.id() != null) {
                    write.accept(answer);
                }
            }
            case Decoded.Ignored _ -> noise();
        }
    }

    private void accept(JsonRpcMessage message) {
        switch (message) {
            case ResultResponse(var id, var result) ->
                    answered(id, asked -> new ResultResponse(asked, result));
            case ErrorResponse(var id, var error) ->
                    answered(id, asked -> new ErrorResponse(asked, error));
            case Notification(var method, _) when method.equals(AttachedTransport.INITIALIZED) -> {}
            case Notification notification -> {
                Pending call = pending.call(notification.params());
                if (call == null) {
                    clients.deliverToAll(to -> to.receivedOnSharedStream(notification));
                } else {
                    clients.deliver(call.client(), to -> to.receivedOnSharedStream(notification));
                }
            }
            case Request request -> asked(request);
        }
    }

    private void unusable(RequestId id, String reason) {
        Integer number = PendingRequests.number(id);
        Pending asked = number == null ? null : pending.find(number);
        if (asked == null) {
            // if a request of this node itself: any answer shows that the server is there
            JsonRpcError error = ErrorCode.INTERNAL_ERROR.error(reason);
            answered(id, to -> new ErrorResponse(to, error));
        } else {
            pending.remove(asked.id());
            clients.deliver(asked.client(), to -> to.failed(asked.id(), reason));
            onAnswer.run();
        }
    }

    private void answered(@Nullable RequestId id, Function<RequestId, Response> as) {
        Integer number = PendingRequests.number(id);
        if (number == null) {
            noise();
            return;
        }
        Pending asked = pending.find(number);
        if (asked != null) {
            pending.remove(asked.id());
            clients.deliver(asked.client(), to -> to.receivedOnSharedStream(as.apply(asked.id())));
            onAnswer.run();
        } else if (!service.answered(number, as.apply(new RequestId.Number(number)))) {
            noise();
        }
    }

    private void asked(Request request) {
        if (session.persistence().claim(request.id()) != Deduplication.NONE) {
            noise(); // the server has sent it again after a reconnect
        } else if (own.isStarted()) {
            Pending call = pending.call(request.params());
            clients.deliver(
                    call == null ? own : call.client(), to -> to.receivedOnSharedStream(request));
        } else if (request.method().equals("ping")) {
            write.accept(new ResultResponse(request.id(), JsonNodeFactory.instance.objectNode()));
        } else {
            write.accept(
                    new ErrorResponse(
                            request.id(),
                            ErrorCode.METHOD_NOT_FOUND.error("no requests before the first call")));
        }
    }

    private void noise() {
        clients.deliver(own, Receiver::noise);
    }
}
