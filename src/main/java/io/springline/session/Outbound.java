package io.springline.session;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An encoded message to one or more clients.
 *
 * @param payload the content of one WebSocket message; receivers of a broadcast share it, and it
 *     must not be changed
 * @param kind how the message is treated if the client reads too slowly
 * @param coalesceKey if two waiting {@link Kind#CHANGE}s have an equal key, only the later one is
 *     sent; null for other kinds
 * @param answers the id of the request that this message answers, or null
 * @param moreComing true if other answers are in progress, so that one write may carry several
 * @param compressed the compressed payload that receivers share; null if there is one receiver
 * @param belongsTo the id of the running request that caused this message, on whose stream it is
 *     sent over HTTP; null for answers and for messages that no request caused
 */
public record Outbound(
        byte[] payload,
        Kind kind,
        @Nullable Object coalesceKey,
        @Nullable RequestId answers,
        boolean moreComing,
        @Nullable Compressed compressed,
        @Nullable RequestId belongsTo) {

    /**
     * Bytes that each kept message counts beyond its content, so that small messages are bounded,
     * too.
     */
    public static final int OVERHEAD_BYTES = 64;

    private static final byte[] NO_BYTES = {};

    public Outbound(byte[] payload, Kind kind, @Nullable Object coalesceKey) {
        this(payload, kind, coalesceKey, null, false, null, null);
    }

    /** Returns a message to several clients, which share its payload. */
    static Outbound broadcast(byte[] payload, Kind kind, @Nullable Object coalesceKey) {
        return new Outbound(payload, kind, coalesceKey, null, false, new Compressed(), null);
    }

    /** Returns a message to one client that answers a request, or none if the id is null. */
    public static Outbound answering(@Nullable RequestId request, byte[] payload, Kind kind) {
        return new Outbound(payload, kind, null, request, false, null, null);
    }

    /** Returns this message as one that was sent on behalf of a running request. */
    public Outbound belongingTo(RequestId request) {
        return new Outbound(payload, kind, coalesceKey, answers, moreComing, compressed, request);
    }

    /** The compressed payload of a broadcast, created by the first connection that needs it. */
    public static final class Compressed {
        private byte @Nullable [] payload;

        /**
         * Returns the payload, compressing it on the first call. Concurrent callers wait for the
         * first.
         */
        public synchronized byte[] get(Supplier<byte[]> compress) {
            if (payload == null) {
                payload = compress.get();
            }
            return payload;
        }
    }

    /** The treatment of a message if the client reads too slowly. */
    public enum Kind {
        /** An answer or a request to the client: never dropped. */
        ESSENTIAL,
        /** A change notification: merged with a later one that has an equal key. */
        CHANGE,
        /** A progress notification: dropped if the queue is full. */
        PROGRESS,
        /** A log message: dropped if the queue is full. */
        LOG;

        /**
         * Returns true if a call of a session that has moved to another node still sends messages
         * of this kind. The owner sends change notifications itself.
         */
        public boolean goesAlong() {
            return this == ESSENTIAL || this == PROGRESS;
        }
    }

    /**
     * Returns the bytes that this message counts while it is kept. An answer contains its id, but
     * no message contains {@link #belongsTo}, which a client may choose much longer than the rest.
     */
    public long keptBytes() {
        int cause = belongsTo instanceof RequestId.Text(var id) ? id.length() : 0;
        return payload.length + cause + OVERHEAD_BYTES;
    }

    public static Outbound essential(byte[] payload) {
        return new Outbound(payload, Kind.ESSENTIAL, null);
    }

    static Outbound of(JsonRpcMessage message, byte[] payload, boolean moreComing) {
        RequestId answers =
                switch (message) {
                    case Response response -> response.id();
                    case Request _, Notification _ -> null;
                };
        return new Outbound(payload, Kind.ESSENTIAL, null, answers, moreComing, null, null);
    }

    /**
     * Returns a message that stands for an answer which was lost on its way to the session's owner.
     */
    public Outbound lost() {
        return answering(answers, NO_BYTES, Kind.ESSENTIAL);
    }

    /** Returns true if {@link #lost} has returned this message. No other message is empty. */
    public boolean isLost() {
        return payload.length == 0;
    }

    /** Returns this message as one that is never dropped. */
    public Outbound undroppable() {
        return kind == Kind.ESSENTIAL
                ? this
                : new Outbound(
                        payload, Kind.ESSENTIAL, null, answers, moreComing, compressed, belongsTo);
    }
}
