package io.springline.ops.actuator;

import com.google.re2j.Pattern;
import java.io.Writer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * One message in the traffic log. Values that look like secrets, by the name of their member or by
 * their form, are masked. All other arguments and results are visible, so a traffic log is as
 * confidential as the data of the tools.
 *
 * @param number the number of the line on its connection, from 1
 * @param method the method of a request or notification; {@code result} or {@code error} for a
 *     response; {@code batch}; or null if the text is not a message
 * @param id the id as JSON, or null
 * @param bytes the size of the whole message
 * @param text the JSON with secrets masked, cut off after {@value #MAX_TEXT} characters; what could
 *     be read of it if it is not valid JSON
 */
public record TrafficLine(
        long number,
        Instant at,
        Direction direction,
        @Nullable String method,
        @Nullable String id,
        int bytes,
        String text) {

    /** The direction, from the view of this service. */
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
    private static final Pattern CONTROL = Pattern.compile("\\p{C}");
    private static final String NO_SECRET = "progressToken";

    private static final String BEARER = "(?i)\\bbearer[\\s\\v]+\\S";
    private static final String JWT = "(?i)\\beyJ[\\w-]";

    /** Matches bearer tokens and JWTs anywhere in a value. */
    private static final Pattern SECRET_VALUE =
            Pattern.compile("%s{8}|%s{8,}\\.[\\w-]+\\.".formatted(BEARER, JWT));

    /** Also matches the beginning of a token at the end of a value that was cut off. */
    private static final Pattern CUT_SECRET_VALUE =
            Pattern.compile(
                    "%1$s{8}|%1$s*$|%2$s{8,}\\.[\\w-]+\\.|%2$s*$|%2$s{8,}\\.[\\w-]*$"
                            .formatted(BEARER, JWT));

    /**
     * Parses one message. Copies no more text than is shown.
     *
     * @param json the message, converted if the connection is binary
     * @param bytes the size of the message on the connection
     */
    static TrafficLine of(Instant at, Direction direction, byte[] json, int bytes) {
        var copy = new Copy();
        try (JsonParser in = JSON.createParser(json);
                JsonGenerator out = JSON.createGenerator(copy.text)) {
            copy.message(in, out);
        } catch (RuntimeException e) {
            // Not valid JSON: the part that could be read is shown. Whatever the fault is, it must
            // not reach the thread that serves the connection.
        }
        return new TrafficLine(0, at, direction, copy.method, copy.id, bytes, copy.text.toString());
    }

    TrafficLine numbered(long number) {
        return new TrafficLine(number, at, direction, method, id, bytes, text);
    }

    /**
     * Returns the first {@code room} characters of a value, or the mask if they contain a secret or
     * its beginning.
     */
    private static String visible(String value, int room) {
        if (value.length() <= room) {
            return SECRET_VALUE.matcher(value).find() ? MASK : value;
        }
        String shown = value.substring(0, room);
        return CUT_SECRET_VALUE.matcher(shown).find() ? MASK : shown;
    }

    /** Replaces control and format characters, which a terminal or a page would obey. */
    private static String printable(String text) {
        return CONTROL.matcher(text).replaceAll("\uFFFD");
    }

    /** Copies the beginning of one message, and determines its method and id. */
    private static final class Copy {

        private final CutWriter text = new CutWriter(MAX_TEXT);
        private @Nullable String method;
        private @Nullable String id;

        void message(JsonParser in, JsonGenerator out) {
            JsonToken first = in.nextToken();
            if (first == null) {
                return; // an empty message
            }
            if (first != JsonToken.START_OBJECT) {
                method = first == JsonToken.START_ARRAY ? "batch" : null;
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
            boolean cut = value.startsWith(visible) && value.length() > MAX_NAME;
            return printable(cut ? visible + "…" : visible);
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

    /** Keeps the first {@code limit} characters and drops the rest. */
    private static final class CutWriter extends Writer {

        private final StringBuilder text = new StringBuilder();
        private final int limit;

        CutWriter(int limit) {
            this.limit = limit;
        }

        boolean isFull() {
            return text.length() > limit;
        }

        /** Includes one character more than is shown, so that {@link #isFull} detects a cut. */
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
            return printable(isFull() ? text.substring(0, limit) + "…" : text.toString());
        }
    }
}
