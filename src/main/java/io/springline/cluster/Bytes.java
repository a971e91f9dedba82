package io.springline.cluster;

import io.springline.jsonrpc.RequestId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Conversions between parts of a session and their form in Redis. */
final class Bytes {

    static final JsonMapper JSON = new JsonMapper();
    static final byte[] NONE = {};

    private Bytes() {}

    static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] of(long number) {
        return of(Long.toString(number));
    }

    /** Returns the id as JSON, which keeps its type. Returns an empty array for null. */
    static byte[] of(@Nullable RequestId id) {
        return id == null ? NONE : JSON.writeValueAsBytes(id.toJson());
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static long number(byte[] bytes) {
        return Long.parseLong(text(bytes));
    }

    /**
     * Returns the id that these bytes hold, or null if they are empty.
     *
     * @throws IllegalStateException if this class has not written the bytes
     */
    static @Nullable RequestId id(byte[] bytes) {
        if (bytes.length == 0) {
            return null;
        }
        RequestId id;
        try {
            id = RequestId.of(JSON.readTree(bytes));
        } catch (JacksonException e) {
            throw new IllegalStateException("a request id in Redis is broken", e);
        }
        if (id == null) {
            throw new IllegalStateException("a request id in Redis is broken");
        }
        return id;
    }
}
