package io.springline.session;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One encoded message on its way to a client.
 *
 * @param payload sent as one WebSocket message; shared between receivers of a broadcast, never
 *     changed
 * @param kind what may happen to it when the client reads too slowly
 * @param coalesceKey of two waiting {@link Kind#CHANGE}s with an equal key one is enough; null for
 *     others
 * @param answers the id of the request that it answers; null for others
 * @param moreComing whether other answers are being worked on, so that it may pay to write them
 *     together
 * @param compressed where receivers share the compressed payload; null where there is one receiver
 * @param belongsTo the id of the running request that caused it, on whose stream it is sent over
 *     HTTP; null for answers and for what no request caused
 */
public record Outbound(
        byte[] payload,
        Kind kind,
        @Nullable Object coalesceKey,
        @Nullable RequestId answers,
        boolean moreComing,
        @Nullable Compressed compressed,
        @Nullable RequestId belongsTo) {

    private static final byte[] NO_BYTES = {};

    public Outbound(byte[] payload, Kind kind, @Nullable Object coalesceKey) {
        this(payload, kind, coalesceKey, null, false, null);
    }

    public Outbound(
            byte[] payload,
            Kind kind,
            @Nullable Object coalesceKey,
            @Nullable RequestId answers,
            boolean moreComing,
            @Nullable Compressed compressed) {
        this(payload, kind, coalesceKey, answers, moreComing, compressed, null);
    }

    /** Returns the same message, sent on behalf of a running request. */
    public Outbound belongingTo(RequestId request) {
        return new Outbound(payload, kind, coalesceKey, answers, moreComing, compressed, request);
    }

    /** The compressed payload of a broadcast, made by the first connection that needs it. */
    public static final class Compressed {
        private byte @Nullable [] payload;

        /** Safe for use by many threads: others wait for the first. */
        public synchronized byte[] get(Supplier<byte[]> compress) {
            if (payload == null) {
                payload = compress.get();
            }
            return payload;
        }
    }

    /** How dispensable a message is under pressure. */
    public enum Kind {
        /** An answer or a server request: never dropped. */
        ESSENTIAL,
        /** "Something changed": of several the last is enough. */
        CHANGE,
        /** Progress: dropped under pressure. */
        PROGRESS,
        /** A log message: dropped under pressure. */
        LOG;

        /**
         * Whether a call that goes on when its session has moved to another node still sends it: of
         * changes the owner tells its clients itself.
         */
        public boolean goesAlong() {
            return this == ESSENTIAL || this == PROGRESS;
        }
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
        return new Outbound(payload, Kind.ESSENTIAL, null, answers, moreComing, null);
    }

    /** Stands for an answer that has been lost on its way to the session's owner. */
    public Outbound lost() {
        return new Outbound(NO_BYTES, Kind.ESSENTIAL, null, answers, false, null);
    }

    /** Returns true for what {@link #lost} returns. No other message is empty. */
    public boolean isLost() {
        return payload.length == 0;
    }

    /** The same, to be delivered whatever it is. */
    public Outbound undroppable() {
        return kind == Kind.ESSENTIAL
                ? this
                : new Outbound(
                        payload, Kind.ESSENTIAL, null, answers, moreComing, compressed, belongsTo);
    }
}
