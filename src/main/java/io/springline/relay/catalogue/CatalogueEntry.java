package io.springline.relay.catalogue;

import io.springline.relay.client.CatalogueList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Validation and repair of the entries of upstream lists.
 *
 * <p>Strict clients reject a whole list if one member has a wrong type. Null members are removed,
 * optional members of a wrong type are dropped, and an entry with invalid required members is left
 * out. Members that no schema defines stay as they are.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2025-11-25/schema">MCP 2025-11-25,
 *     Schema</a>
 */
public final class CatalogueEntry {

    /** The maximum length of a tool name (MCP 2025-11-25, Tool Names). */
    private static final int MAX_NAME = 128;

    private static final int MAX_OTHER_NAME = 1024;

    /** The maximum length of a URI, the same as for subscriptions. */
    private static final int MAX_URI = 8192;

    private static final int SHOWN = 80;

    private static final Map<String, Member> ENTRY =
            Map.of(
                    "title", Member.STRING,
                    "description", Member.STRING,
                    "icons", Member.ARRAY,
                    "annotations", Member.OBJECT,
                    "_meta", Member.OBJECT);
    private static final Map<String, Member> ICON =
            Map.of(
                    "mimeType",
                    Member.STRING,
                    "sizes",
                    Member.STRINGS,
                    "theme",
                    Member.oneOf("light", "dark"));
    private static final Map<String, Member> TOOL =
            Map.of("outputSchema", Member.OBJECT, "execution", Member.OBJECT);
    private static final Map<String, Member> EXECUTION =
            Map.of("taskSupport", Member.oneOf("forbidden", "optional", "required"));
    private static final Map<String, Member> TOOL_ANNOTATIONS =
            Map.of(
                    "title", Member.STRING,
                    "readOnlyHint", Member.BOOLEAN,
                    "destructiveHint", Member.BOOLEAN,
                    "idempotentHint", Member.BOOLEAN,
                    "openWorldHint", Member.BOOLEAN);
    private static final Map<String, Member> PROMPT = Map.of("arguments", Member.ARRAY);
    private static final Map<String, Member> ARGUMENT =
            Map.of(
                    "title",
                    Member.STRING,
                    "description",
                    Member.STRING,
                    "required",
                    Member.BOOLEAN);
    private static final Map<String, Member> RESOURCE =
            Map.of("mimeType", Member.STRING, "size", Member.SIZE);

    private static final class LeftOutException extends Exception {
        private static final long serialVersionUID = 1L;

        LeftOutException(String reason) {
            super(reason, null, false, false);
        }
    }

    private final CatalogueList list;
    private final ObjectNode entry;
    private final Consumer<String> notes;

    private CatalogueEntry(CatalogueList list, ObjectNode entry, Consumer<String> notes) {
        this.list = list;
        this.entry = entry;
        this.notes = notes;
    }

    /**
     * Returns the repaired entry, or null if it is left out.
     *
     * @param raw the entry, which this method changes
     * @param number the position of the entry in the list, from 1
     * @param notes receives what is left out or dropped, with the reason
     */
    static @Nullable ObjectNode of(
            CatalogueList list, JsonNode raw, int number, Consumer<String> notes) {
        try {
            if (!(raw instanceof ObjectNode entry)) {
                throw new LeftOutException("it is not an object");
            }
            new CatalogueEntry(list, entry, notes).mend();
            return entry;
        } catch (LeftOutException e) {
            return leftOut(list, raw, number, String.valueOf(e.getMessage()), notes);
        } catch (RuntimeException e) {
            // one entry must not cost the others of the list, whatever it contains
            return leftOut(list, raw, number, "it cannot be read: " + e.getMessage(), notes);
        }
    }

    private static @Nullable ObjectNode leftOut(
            CatalogueList list, JsonNode raw, int number, String reason, Consumer<String> notes) {
        notes.accept(
                "%s: entry %d%s is left out: %s"
                        .formatted(list.method(), number, label(list, raw), shown(reason)));
        return null;
    }

    private static String label(CatalogueList list, JsonNode raw) {
        JsonNode key = raw.path(list.key()).isString() ? raw.path(list.key()) : raw.path("name");
        return key.isString() ? " '%s'".formatted(shown(key.stringValue())) : "";
    }

    /**
     * Returns the text cut to 80 characters, without control characters, for a log or a terminal.
     */
    public static String shown(String text) {
        String start = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        return start.replaceAll("\\p{C}", "\uFFFD");
    }

    private void mend() throws LeftOutException {
        switch (list) {
            case TOOLS, PROMPTS ->
                    require("name", list == CatalogueList.TOOLS ? MAX_NAME : MAX_OTHER_NAME);
            case RESOURCES, TEMPLATES -> {
                require(list.key(), MAX_URI);
                require("name", MAX_OTHER_NAME);
            }
        }
        keepOnly(entry, ENTRY, "");
        switch (list) {
            case TOOLS -> {
                keepOnly(entry, TOOL, "");
                inside("annotations", TOOL_ANNOTATIONS);
                inside("execution", EXECUTION);
                ToolSchema.mend(entry, this::note);
                if (!entry.path("inputSchema").isObject()) {
                    throw new LeftOutException("its inputSchema is not an object schema");
                }
            }
            case PROMPTS -> {
                keepOnly(entry, PROMPT, "");
                elements("arguments", "name", ARGUMENT);
            }
            case RESOURCES, TEMPLATES -> {
                keepOnly(entry, RESOURCE, "");
                inside("annotations", Member.ANNOTATIONS);
                if (list == CatalogueList.TEMPLATES
                        && !isTemplate(entry.path("uriTemplate").stringValue())) {
                    throw new LeftOutException("its uriTemplate is malformed (RFC 6570)");
                }
            }
        }
        elements("icons", "src", ICON);
    }

    private void require(String member, int maxLength) throws LeftOutException {
        JsonNode value = entry.path(member);
        if (value.isMissingNode() || value.isNull()) {
            throw new LeftOutException("its %s is missing".formatted(member));
        }
        if (!value.isString()) {
            throw new LeftOutException("its %s is not a string".formatted(member));
        }
        String text = value.stringValue();
        if (text.isBlank()) {
            throw new LeftOutException("its %s is empty".formatted(member));
        }
        if (text.length() > maxLength) {
            throw new LeftOutException(
                    "its %s is longer than %d characters".formatted(member, maxLength));
        }
    }

    private void inside(String member, Map<String, Member> members) {
        if (entry.path(member) instanceof ObjectNode object) {
            keepOnly(object, members, member + ".");
        }
    }

    /** Removes invalid elements. A string is replaced by an object with {@code key} alone. */
    private void elements(String member, String key, Map<String, Member> members) {
        if (!(entry.path(member) instanceof ArrayNode array)) {
            return;
        }
        ArrayNode kept = JsonNodeFactory.instance.arrayNode();
        for (JsonNode each : array) {
            JsonNode element =
                    each.isString()
                            ? JsonNodeFactory.instance.objectNode().put(key, each.stringValue())
                            : each;
            if (element instanceof ObjectNode object
                    && object.path(key).isString()
                    && !object.path(key).stringValue().isEmpty()) {
                keepOnly(object, members, member + ".");
                kept.add(object);
            } else {
                note("one of its %s: it has no %s".formatted(member, key));
            }
        }
        entry.set(member, kept);
    }

    private void keepOnly(ObjectNode object, Map<String, Member> members, String where) {
        for (String name : List.copyOf(object.propertyNames())) {
            JsonNode value = object.get(name);
            Member member = members.get(name);
            if (value.isNull()) {
                object.remove(name);
            } else if (member != null && !member.holds().test(value)) {
                object.remove(name);
                if (!value.isContainer() || !value.isEmpty()) {
                    note("its %s%s: that is not %s".formatted(where, name, member.type()));
                }
            }
        }
    }

    private void note(String dropped) {
        notes.accept(
                "%s: '%s' is offered without %s"
                        .formatted(
                                list.method(),
                                shown(entry.path(list.key()).stringValue()),
                                dropped));
    }

    /**
     * Returns true if the template is well-formed (RFC 6570); hyphens in variable names are
     * accepted.
     */
    private static boolean isTemplate(String template) {
        int open = -1;
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c == '{') {
                if (open >= 0) {
                    return false;
                }
                open = i;
            } else if (c == '}') {
                if (open < 0 || !isExpression(template.substring(open + 1, i))) {
                    return false;
                }
                open = -1;
            }
        }
        return open < 0;
    }

    private static boolean isExpression(String expression) {
        boolean operator =
                !expression.isEmpty() && "+#./;?&=,!@|".indexOf(expression.charAt(0)) >= 0;
        String variables = operator ? expression.substring(1) : expression;
        for (String variable : variables.split(",", -1)) {
            if (!variable.matches("[\\p{L}\\p{N}_.%-]+(\\*|:[0-9]{1,4})?")) {
                return false;
            }
        }
        return true;
    }
}
