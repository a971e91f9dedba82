package io.springline.cluster;

import io.springline.jsonrpc.RequestId;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** How the parts of a session look in Redis. */
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

    /** The id as JSON, which keeps its type; empty for none. */
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
     * @throws IllegalStateException when it is none that this class has written
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
