package io.springline.feature.schema;

import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.keyword.AbstractKeyword;
import com.networknt.schema.keyword.BaseKeywordValidator;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.path.NodePath;
import java.util.HashSet;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * The keyword {@code uniqueItems}. Compares items by a canonical text, in which equal numbers are
 * written alike. A set of texts stays fast if a caller constructs hash collisions, because texts
 * are comparable and JSON trees are not.
 */
final class UniqueItems extends AbstractKeyword {

    private static final String NAME = "uniqueItems";

    UniqueItems() {
        super(NAME);
    }

    @Override
    public KeywordValidator newValidator(
            SchemaLocation location, JsonNode unique, Schema parent, SchemaContext context) {
        return new Validator(this, unique, location, parent, context);
    }

    private static final class Validator extends BaseKeywordValidator {

        private final boolean unique;

        Validator(
                UniqueItems keyword,
                JsonNode unique,
                SchemaLocation location,
                Schema parent,
                SchemaContext context) {
            super(keyword, unique, location, parent, context);
            this.unique = unique.asBoolean(false);
        }

        @Override
        public void validate(
                ExecutionContext execution, JsonNode node, JsonNode root, NodePath location) {
            if (!unique || !node.isArray()) {
                return;
            }
            var seen = new HashSet<String>();
            for (JsonNode item : node) {
                var text = new StringBuilder();
                canonical(item, text);
                if (!seen.add(text.toString())) {
                    execution.addError(
                            error().instanceNode(node)
                                    .instanceLocation(location)
                                    .evaluationPath(execution.getEvaluationPath())
                                    .locale(execution.getExecutionConfig().getLocale())
                                    .messageKey(NAME)
                                    .build());
                    return;
                }
            }
        }
    }

    private static void canonical(JsonNode node, StringBuilder text) {
        switch (node.getNodeType()) {
            case NUMBER -> text.append(node.decimalValue().stripTrailingZeros());
            case ARRAY -> {
                text.append('[');
                for (JsonNode item : node) {
                    canonical(item, text);
                    text.append(',');
                }
                text.append(']');
            }
            case OBJECT -> {
                text.append('{');
                var members = new TreeMap<String, JsonNode>();
                node.forEachEntry(members::put);
                members.forEach((name, value) -> {
                    string(name, text);
                    canonical(value, text);
                });
                text.append('}');
            }
            case STRING -> string(node.stringValue(), text);
            default -> text.append(node);
        }
    }

    /** Writes the length in front, so that one text cannot equal a sequence of several. */
    private static void string(String value, StringBuilder text) {
        text.append('"').append(value.length()).append(':').append(value);
    }
}
