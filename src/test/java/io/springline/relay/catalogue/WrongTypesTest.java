package io.springline.relay.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.springline.relay.client.CatalogueList;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Each member of each entry and result in turn has each wrong type, or is missing: what is offered
 * of it matches the schema of MCP 2025-11-25, so that no strict client refuses it.
 */
class WrongTypesTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final String ICONS =
            "'icons':[{'src':'https://x/i','mimeType':'image/png','sizes':['48x48'],'theme':'dark'}]";
    private static final String COMMON = "'title':'T','description':'d','_meta':{'a':1}," + ICONS;
    private static final String ANNOTATIONS =
            "'annotations':{'audience':['user'],'priority':0.5,'lastModified':'2025-01-01T00:00:00Z'}";
    private static final String CONTENTS =
            "{'uri':'r://x','text':'x','mimeType':'a/b','_meta':{}},{'uri':'r://y','blob':'eA=='}";

    private final List<String> wrong = new ArrayList<>();
    private final JsonNode schema;

    WrongTypesTest() throws IOException {
        try (var file = WrongTypesTest.class.getResourceAsStream("/mcp/features.schema.json")) {
            schema = JSON.readTree(file);
        }
    }

    private static JsonNode json(String text) {
        return JSON.readTree(text.replace('\'', '"'));
    }

    private static List<JsonNode> values() {
        var values = new ArrayList<JsonNode>();
        json("[null,'x','',7,-1,1.5,true,false,[],[null],['x'],[7],[{}],[[]],{},{'x':null}]")
                .forEach(values::add);
        values.add(NODES.numberNode(new BigDecimal("1e400")));
        values.add(NODES.numberNode(BigInteger.TEN.pow(30)));
        return values;
    }

    private static List<JsonPointer> members(JsonNode node, JsonPointer at) {
        var all = new ArrayList<JsonPointer>();
        if (node instanceof ObjectNode object) {
            object.forEachEntry((name, value) -> {
                all.add(at.appendProperty(name));
                all.addAll(members(value, at.appendProperty(name)));
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                all.add(at.appendIndex(i));
                all.addAll(members(array.get(i), at.appendIndex(i)));
            }
        }
        return all;
    }

    /** Returns the good value with one member replaced or removed, by what was done. */
    private static Map<String, JsonNode> variants(JsonNode good) {
        var all = new LinkedHashMap<String, JsonNode>();
        for (JsonPointer member : members(good, JsonPointer.empty())) {
            for (JsonNode value : values()) {
                JsonNode variant = good.deepCopy();
                switch (variant.at(member.head())) {
                    case ObjectNode object ->
                            object.set(member.last().getMatchingProperty(), value);
                    case ArrayNode array -> array.set(member.last().getMatchingIndex(), value);
                    case JsonNode other -> throw new IllegalStateException(other.toString());
                }
                all.put("%s = %s".formatted(member, value), variant);
            }
            JsonNode variant = good.deepCopy();
            if (variant.at(member.head()) instanceof ObjectNode object) {
                object.remove(member.last().getMatchingProperty());
                all.put(member + " missing", variant);
            }
        }
        return all;
    }

    /**
     * @param except members whose value is not defined, or is changed when it is sent
     */
    private void assertValid(
            String type, String except, String good, UnaryOperator<@Nullable JsonNode> mend) {
        ObjectNode root = (ObjectNode) schema.deepCopy();
        root.put("$ref", "#/$defs/" + type);
        var validator =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(root.toString(), InputFormat.JSON);
        assertThat(validator.validate(json(good).toString(), InputFormat.JSON)).isEmpty();
        assertThat(mend.apply(json(good))).isEqualTo(json(good));
        variants(json(good))
                .forEach((change, variant) -> {
                    try {
                        JsonNode offered = mend.apply(variant);
                        if (offered != null && !change.matches(except)) {
                            validator.validate(offered.toString(), InputFormat.JSON).stream()
                                    .limit(1)
                                    .forEach(error -> wrong.add(change + ": " + error));
                        }
                    } catch (RuntimeException e) {
                        wrong.add(change + ": " + e);
                    }
                });
        assertThat(wrong).isEmpty();
    }

    private static UnaryOperator<@Nullable JsonNode> entry(CatalogueList list) {
        return raw -> CatalogueEntry.of(list, raw, 1, _ -> {});
    }

    @Test
    void tools() {
        assertValid(
                "Tool",
                "/outputSchema.*",
                "{'name':'t',"
                        + COMMON
                        + ",'annotations':{'title':'t','readOnlyHint':true,'destructiveHint':true,'idempotentHint':true,'openWorldHint':false},"
                        + "'execution':{'taskSupport':'optional'},"
                        + "'inputSchema':{'$schema':'http://x','type':'object','properties':{'p':{'type':'string'}},'required':['p']},"
                        + "'outputSchema':{'type':'object','properties':{'q':{'type':'string'}},'required':['q']}}",
                entry(CatalogueList.TOOLS));
    }

    @Test
    void prompts() {
        assertValid(
                "Prompt",
                "",
                "{'name':'p',"
                        + COMMON
                        + ",'arguments':[{'name':'n','title':'t','description':'d','required':true}]}",
                entry(CatalogueList.PROMPTS));
    }

    @Test
    void resources() {
        assertValid(
                "Resource",
                "",
                "{'uri':'r://x','name':'r','mimeType':'a/b','size':7,"
                        + COMMON
                        + ","
                        + ANNOTATIONS
                        + "}",
                entry(CatalogueList.RESOURCES));
    }

    @Test
    void templates() {
        assertValid(
                "ResourceTemplate",
                "",
                "{'uriTemplate':'r://{x}','name':'r','mimeType':'a/b',"
                        + COMMON
                        + ","
                        + ANNOTATIONS
                        + "}",
                entry(CatalogueList.TEMPLATES));
    }

    /** A block of an unknown type passes, and structured content has a shape for each revision. */
    @Test
    void toolResults() {
        assertValid(
                "CallToolResult",
                "/content/./type = \"x?\"|/structuredContent.*",
                "{'content':[{'type':'text','text':'x','_meta':{},"
                        + ANNOTATIONS
                        + "},{'type':'image','data':'eA==','mimeType':'image/png'},"
                        + "{'type':'audio','data':'eA==','mimeType':'a/b'},"
                        + "{'type':'resource','resource':{'uri':'r://x','text':'x','mimeType':'a/b'}},"
                        + "{'type':'resource','resource':{'uri':'r://x','blob':'eA=='}},"
                        + "{'type':'resource_link','uri':'r://x','name':'n','size':3}],"
                        + "'structuredContent':{'a':1},'isError':false,'_meta':{'a':1}}",
                LenientResults::ofTool);
    }

    @Test
    void promptResults() {
        assertValid(
                "GetPromptResult",
                "/messages/./content/type = \"x?\"",
                "{'description':'d','messages':[{'role':'user','content':{'type':'text','text':'x'}},"
                        + "{'role':'assistant','content':{'type':'image','data':'eA==','mimeType':'image/png'}},"
                        + "{'role':'user','content':{'type':'resource','resource':{'uri':'r://x','text':'x'}}}],'_meta':{'a':1}}",
                LenientResults::ofPrompt);
    }

    @Test
    void resourceResults() {
        assertValid(
                "ReadResourceResult",
                "",
                "{'contents':[" + CONTENTS + "],'_meta':{'a':1}}",
                result -> LenientResults.ofResource(result, "r://x"));
    }
}
