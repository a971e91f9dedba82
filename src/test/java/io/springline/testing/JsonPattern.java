package io.springline.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Holds a message against what a transcript expects. JSON is equal, digit by digit and with members
 * in any order, except for the strings that {@code transcripts/README.md} gives a meaning to.
 */
final class JsonPattern {

    /** Keeps digits as they were written and refuses a key that comes twice. */
    static final JsonMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private static final String ANY = "…";
    private static final String ANY_ELEMENTS = "*…";
    private static final String ABSENT = "∅";

    private final JsonNode pattern;

    JsonPattern(JsonNode pattern) {
        this.pattern = pattern;
    }

    /**
     * Why {@code message} does not match, or null when it does.
     *
     * @param captures what was captured before; receives what this pattern captures, if it matches
     */
    @Nullable String mismatch(JsonNode message, Map<String, JsonNode> captures) {
        var found = new HashMap<>(captures);
        String fault =
                pattern.isArray() && message.isArray()
                        ? batch(message, found)
                        : value("", pattern, message, found);
        if (fault == null) {
            captures.putAll(found);
        }
        return fault;
    }

    /** The answers to a batch come in any order. */
    private @Nullable String batch(JsonNode message, Map<String, JsonNode> captures) {
        if (pattern.size() != message.size()) {
            return "%d answers expected, %d received".formatted(pattern.size(), message.size());
        }
        var open = new ArrayList<JsonNode>();
        pattern.forEach(open::add);
        for (JsonNode answer : message) {
            if (!takeMatching(open, answer, captures)) {
                return "not expected: " + answer;
            }
        }
        return null;
    }

    private static boolean takeMatching(
            List<JsonNode> open, JsonNode answer, Map<String, JsonNode> captures) {
        for (JsonNode each : open) {
            if (new JsonPattern(each).mismatch(answer, captures) == null) {
                return open.remove(each);
            }
        }
        return false;
    }

    private static @Nullable String value(
            String at, JsonNode expected, JsonNode actual, Map<String, JsonNode> captures) {
        if (expected.isString()) {
            return string(at, expected.stringValue(), actual, captures);
        }
        if (expected.isObject() && actual.isObject()) {
            return object(at, expected, actual, captures);
        }
        if (expected.isArray() && actual.isArray()) {
            return array(at, elements(expected), elements(actual), captures);
        }
        return same(expected, actual) ? null : differs(at, expected, actual);
    }

    private static @Nullable String string(
            String at, String expected, JsonNode actual, Map<String, JsonNode> captures) {
        if (expected.equals(ANY)) {
            return null;
        }
        if (expected.startsWith("$")) {
            JsonNode before = captures.putIfAbsent(expected.substring(1), actual);
            return before == null || same(before, actual) ? null : differs(at, before, actual);
        }
        if (expected.startsWith("~")) {
            return actual.isString() && actual.stringValue().matches(expected.substring(1))
                    ? null
                    : "%s: text like %s expected, was %s".formatted(at, expected, actual);
        }
        return actual.isString() && actual.stringValue().equals(expected)
                ? null
                : "%s: \"%s\" expected, was %s".formatted(at, expected, actual);
    }

    private static @Nullable String object(
            String at, JsonNode expected, JsonNode actual, Map<String, JsonNode> captures) {
        for (Map.Entry<String, JsonNode> member : expected.properties()) {
            String name = member.getKey();
            JsonNode wanted = member.getValue();
            JsonNode found = actual.get(name);
            if (name.equals(ANY)) {
                continue;
            }
            if (isText(wanted, ABSENT)) {
                if (found != null) {
                    return "%s/%s must be absent, was %s".formatted(at, name, found);
                }
                continue;
            }
            if (found == null) {
                return "%s/%s is missing".formatted(at, name);
            }
            String fault = value(at + "/" + name, wanted, found, captures);
            if (fault != null) {
                return fault;
            }
        }
        if (!expected.has(ANY)) {
            for (String name : actual.propertyNames()) {
                if (!expected.has(name)) {
                    return "%s/%s was not expected".formatted(at, name);
                }
            }
        }
        return null;
    }

    private static @Nullable String array(
            String at,
            List<JsonNode> expected,
            List<JsonNode> actual,
            Map<String, JsonNode> captures) {
        if (expected.isEmpty()) {
            return actual.isEmpty() ? null : "%s: no further element expected".formatted(at);
        }
        List<JsonNode> rest = expected.subList(1, expected.size());
        if (isText(expected.getFirst(), ANY_ELEMENTS)) {
            for (int skipped = 0; skipped <= actual.size(); skipped++) {
                var found = new HashMap<>(captures);
                if (array(at, rest, actual.subList(skipped, actual.size()), found) == null) {
                    captures.putAll(found);
                    return null;
                }
            }
            return "%s: nothing matches %s".formatted(at, rest);
        }
        if (actual.isEmpty()) {
            return "%s: a further element expected: %s".formatted(at, expected.getFirst());
        }
        String fault = value(at + "[]", expected.getFirst(), actual.getFirst(), captures);
        return fault != null ? fault : array(at, rest, actual.subList(1, actual.size()), captures);
    }

    /** Equal as text, so that 1, 1.0 and "1" are three. */
    private static boolean same(JsonNode one, JsonNode other) {
        if (one.isContainer() || other.isContainer()) {
            return one.equals(other);
        }
        return one.toString().equals(other.toString());
    }

    private static boolean isText(JsonNode node, String text) {
        return node.isString() && node.stringValue().equals(text);
    }

    private static List<JsonNode> elements(JsonNode array) {
        return array.valueStream().toList();
    }

    private static String differs(String at, JsonNode expected, JsonNode actual) {
        return "%s: %s expected, was %s".formatted(at, expected, actual);
    }

    @Override
    public String toString() {
        return pattern.toString();
    }
}
