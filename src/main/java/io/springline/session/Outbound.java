package io.springline.session;

import org.jspecify.annotations.Nullable;

/**
 * One encoded message on its way to a client.
 *
 * @param payload sent as one WebSocket message; shared between receivers of a broadcast, never
 *     changed
 * @param kind what may happen to it when the client reads too slowly
 * @param coalesceKey of two waiting {@link Kind#CHANGE}s with an equal key one is enough; null for
 *     others
 */
public record Outbound(byte[] payload, Kind kind, @Nullable Object coalesceKey) {

    /** How dispensable a message is under pressure. */
    public enum Kind {
        /** An answer or a server request: never dropped. */
        ESSENTIAL,
        /** "Something changed": of several the last is enough. */
        CHANGE,
        /** Progress: dropped under pressure. */
        PROGRESS,
        /** A log message: dropped under pressure. */
        LOG
    }

    public static Outbound essential(byte[] payload) {
        return new Outbound(payload, Kind.ESSENTIAL, null);
    }
}
