package io.springline.session;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message for many clients, encoded once per encoding. For use by one thread. */
public final class Broadcast {

    private final JsonRpcMessage message;
    private final Outbound.Kind kind;
    private final @Nullable Object coalesceKey;
    private final Map<JsonRpcCodec, Outbound> encoded = new HashMap<>(4);

    /**
     * @param coalesceKey see {@link Outbound}
     */
    public Broadcast(JsonRpcMessage message, Outbound.Kind kind, @Nullable Object coalesceKey) {
        this.message = message;
        this.kind = kind;
        this.coalesceKey = coalesceKey;
    }

    public void sendTo(McpSession session) {
        enqueueTo(session);
        session.connection().flush();
    }

    /** Queues the message for a client. A {@linkplain Connection#flush flush} must follow. */
    public void enqueueTo(McpSession session) {
        session.connection().enqueue(encoded.computeIfAbsent(session.codec(), this::encode));
    }

    private Outbound encode(JsonRpcCodec codec) {
        return Outbound.broadcast(codec.encode(message), kind, coalesceKey);
    }
}
