package io.springline.cluster.redis;

import io.springline.jsonrpc.RequestId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Conversions between parts of a session and their form in Redis. */
public final class Bytes {

    public static final JsonMapper JSON = new JsonMapper();
    public static final byte[] NONE = {};

    private Bytes() {}

    public static byte[] of(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] of(long number) {
        return of(Long.toString(number));
    }

    /** Returns the id as JSON, which keeps its type. Returns an empty array for null. */
    public static byte[] of(@Nullable RequestId id) {
        return id == null ? NONE : JSON.writeValueAsBytes(id.toJson());
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public static long number(byte[] bytes) {
        return Long.parseLong(text(bytes));
    }

    /**
     * Returns the id that these bytes hold, or null if they are empty.
     *
     * @throws IllegalStateException if this class has not written the bytes
     */
    public static @Nullable RequestId id(byte[] bytes) {
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
