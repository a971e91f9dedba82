package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamTransport;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Remembers, one line each, what a transport told it: {@code <id of the request>: <what>}. */
public final class HttpRecordingReceiver implements UpstreamTransport.Receiver {

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private volatile Consumer<JsonRpcMessage> reaction = _ -> {};

    /** What to do with each message besides remembering it. */
    void react(Consumer<JsonRpcMessage> reaction) {
        this.reaction = reaction;
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }

    void clear() {
        lines.clear();
    }

    @Override
    public void received(JsonRpcMessage message, RequestId during) {
        String detail =
                switch (message) {
                    case JsonRpcMessage.ResultResponse(var id, var result) -> id + " " + result;
                    case JsonRpcMessage.ErrorResponse(var id, var error) ->
                            "%s error %d %s".formatted(id, error.code(), error.message());
                    default -> message.toString();
                };
        lines.add((during == null ? "-" : during) + ": " + detail);
        reaction.accept(message);
    }

    @Override
    public void refused(RequestId request, String reason) {
        lines.add(request + ": refused: " + reason);
    }

    @Override
    public void failed(RequestId request, String reason) {
        lines.add(request + ": failed: " + reason);
    }

    @Override
    public void lost(RequestId request, String reason) {
        lines.add(request + ": lost: " + reason);
    }

    @Override
    public void closed(String reason) {
        lines.add("closed: " + reason);
    }
}
