package io.springline.ops.actuator;

import com.google.re2j.Pattern;
import java.io.Writer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * One message as an operator sees it. What looks like a secret by its name or its form is masked;
 * what a tool is told is otherwise shown, so a traffic log is as confidential as the tools are.
 *
 * @param number counts the lines of a connection, from 1
 * @param method of a request or notification; {@code result} or {@code error} for answers, {@code
 *     batch}, or null for what is no message
 * @param id as JSON, or null
 * @param bytes of the whole message
 * @param text its JSON with secrets masked, cut off after {@value #MAX_TEXT} characters; empty for
 *     what is no JSON
 */
public record TrafficLine(
        long number,
        Instant at,
        Direction direction,
        @Nullable String method,
        @Nullable String id,
        int bytes,
        String text) {

    /** As seen from this service. */
    enum Direction {
        RECEIVED,
        SENT
    }

    static final int MAX_TEXT = 500;

    private static final int MAX_NAME = 100;
    private static final String MASK = "•••";
    private static final JsonMapper JSON = new JsonMapper();

    private static final Pattern SECRET_NAME =
            Pattern.compile(
                    "(?i)token|secret|passw|authorization|cookie|credential|api[-_]?key"
                            + "|private[-_]?key|ticket|requestState");
    private static final String NO_SECRET = "progressToken";

    private static final String BEARER = "(?i)\\bbearer[\\s\\v]+\\S";
    private static final String JWT = "(?i)\\beyJ[\\w-]";

    /** Bearer tokens and JWTs, wherever they stand. */
    private static final Pattern SECRET_VALUE =
            Pattern.compile("%s{8}|%s{8,}\\.[\\w-]+\\.".formatted(BEARER, JWT));

    /** The same in a text that goes on: also what may become one of them behind the cut. */
    private static final Pattern CUT_SECRET_VALUE =
            Pattern.compile(
                    "%1$s{8}|%1$s*$|%2$s{8,}\\.[\\w-]+\\.|%2$s*$|%2$s{8,}\\.[\\w-]*$"
                            .formatted(BEARER, JWT));

    /** Reads one message; what it costs beyond a pass over the bytes depends on what is shown. */
    static TrafficLine of(Instant at, Direction direction, byte[] payload) {
        var copy = new Copy();
        try (JsonParser in = JSON.createParser(payload);
                JsonGenerator out = JSON.createGenerator(copy.text)) {
            copy.message(in, out);
        } catch (JacksonException e) {
            // no JSON, or broken: what could be read is shown
        }
        return new TrafficLine(
                0, at, direction, copy.method, copy.id, payload.length, copy.text.toString());
    }

    TrafficLine numbered(long number) {
        return new TrafficLine(number, at, direction, method, id, bytes, text);
    }

    /**
     * The value, or as much of it as there is room for; a mask if a secret is or begins in there.
     */
    private static String visible(String value, int room) {
        if (value.length() <= room) {
            return SECRET_VALUE.matcher(value).find() ? MASK : value;
        }
        String shown = value.substring(0, room);
        return CUT_SECRET_VALUE.matcher(shown).find() ? MASK : shown;
    }

    /** Copies one message, as far as there is room, and finds out what it is on the way. */
    private static final class Copy {

        private final CutWriter text = new CutWriter(MAX_TEXT);
        private @Nullable String method;
        private @Nullable String id;

        void message(JsonParser in, JsonGenerator out) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                method = in.currentToken() == JsonToken.START_ARRAY ? "batch" : null;
                value(in, out);
                return;
            }
            out.writeStartObject();
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = in.currentName();
                in.nextToken();
                switch (name) {
                    case "method" -> method = shortened(in.getString());
                    case "id" -> id = idOf(in);
                    case "result", "error" -> method = method == null ? name : method;
                    default -> {}
                }
                member(name, in, out);
            }
            out.writeEndObject();
        }

        private static @Nullable String idOf(JsonParser in) {
            return switch (in.currentToken()) {
                case VALUE_STRING -> JSON.writeValueAsString(shortened(in.getString()));
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> shortened(in.getString());
                default -> null;
            };
        }

        private static String shortened(String value) {
            String visible = visible(value, MAX_NAME);
            return value.startsWith(visible) && value.length() > MAX_NAME ? visible + "…" : visible;
        }

        private void member(String name, JsonParser in, JsonGenerator out) {
            if (text.isFull()) {
                in.skipChildren();
                return;
            }
            out.writeName(name);
            if (isSecret(name) && in.currentToken() != JsonToken.VALUE_NULL) {
                in.skipChildren();
                out.writeString(MASK);
            } else {
                value(in, out);
            }
        }

        private void value(JsonParser in, JsonGenerator out) {
            if (text.isFull()) {
                in.skipChildren();
                return;
            }
            switch (in.currentToken()) {
                case START_OBJECT -> {
                    out.writeStartObject();
                    while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                        String name = in.currentName();
                        in.nextToken();
                        member(name, in, out);
                    }
                    out.writeEndObject();
                }
                case START_ARRAY -> {
                    out.writeStartArray();
                    while (in.nextToken() != JsonToken.END_ARRAY) {
                        value(in, out);
                    }
                    out.writeEndArray();
                }
                case VALUE_STRING -> out.writeString(visible(in.getString(), text.room()));
                default -> out.copyCurrentEventExact(in);
            }
            out.flush();
        }

        private static boolean isSecret(String name) {
            return !name.equals(NO_SECRET) && SECRET_NAME.matcher(name).find();
        }
    }

    /** Keeps the first characters and drops the rest. */
    private static final class CutWriter extends Writer {

        private final StringBuilder text = new StringBuilder();
        private final int limit;

        CutWriter(int limit) {
            this.limit = limit;
        }

        boolean isFull() {
            return text.length() > limit;
        }

        /** One more than what is shown, so that it is known to be cut. */
        int room() {
            return limit + 1 - text.length();
        }

        @Override
        public void write(char[] buffer, int offset, int length) {
            text.append(buffer, offset, Math.min(length, room()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}

        @Override
        public String toString() {
            return isFull() ? text.substring(0, limit) + "…" : text.toString();
        }
    }
}
