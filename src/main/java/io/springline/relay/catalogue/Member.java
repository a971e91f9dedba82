package io.springline.relay.catalogue;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The type of an optional member of an object that MCP defines.
 *
 * @param type the type in words, for a note
 * @param holds returns true if a value has the type
 */
record Member(String type, Predicate<JsonNode> holds) {

    static final Member STRING = new Member("a string", JsonNode::isString);
    static final Member BOOLEAN = new Member("true or false", JsonNode::isBoolean);
    static final Member OBJECT = new Member("an object", JsonNode::isObject);
    static final Member ARRAY = new Member("an array", JsonNode::isArray);
    static final Member STRINGS =
            new Member(
                    "an array of strings",
                    node -> node.isArray() && node.valueStream().allMatch(JsonNode::isString));
    static final Member SIZE =
            new Member(
                    "an integer from 0",
                    node ->
                            node.isIntegralNumber()
                                    && node.canConvertToLong()
                                    && node.longValue() >= 0);

    /** The annotations of resources and of content blocks. */
    static final Map<String, Member> ANNOTATIONS =
            Map.of(
                    "audience",
                    new Member("an array of user and assistant", Member::isAudience),
                    "priority",
                    new Member("a number from 0 to 1", Member::isPriority),
                    "lastModified",
                    new Member("a date and time", Member::isDateTime));

    static Member oneOf(String... values) {
        return new Member(
                "one of " + String.join(", ", values),
                node -> node.isString() && Set.of(values).contains(node.stringValue()));
    }

    /**
     * Removes members of a wrong type. Returns the same object if it has none, otherwise a shallow
     * copy.
     */
    static ObjectNode keepOnly(ObjectNode object, Map<String, Member> members) {
        ObjectNode kept = object;
        for (Map.Entry<String, Member> member : members.entrySet()) {
            JsonNode value = object.get(member.getKey());
            if (value != null && !member.getValue().holds.test(value)) {
                kept = kept == object ? copy(object) : kept;
                kept.remove(member.getKey());
            }
        }
        return kept;
    }

    /** Returns a shallow copy. */
    static ObjectNode copy(ObjectNode object) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(object);
        return copy;
    }

    private static boolean isPriority(JsonNode node) {
        double number = node.isNumber() ? node.asDouble(-1) : -1;
        return number >= 0 && number <= 1;
    }

    private static boolean isAudience(JsonNode node) {
        return node.isArray()
                && node.valueStream()
                        .allMatch(each -> Set.of("user", "assistant").contains(each.asString("")));
    }

    private static boolean isDateTime(JsonNode node) {
        try {
            return node.isString() && OffsetDateTime.parse(node.stringValue()) != null;
        } catch (DateTimeParseException e) {
            return false;
        }
    }
}
