package io.springline.dispatch.shape;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Results of upstreams whose members have other types than they should have. */
class LegacyShapeTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String[] ODD = {
        "\"x\"", "1", "true", "null", "[]", "[\"x\"]", "[[1]]", "{}", "{\"type\":{}}", "[null]"
    };

    private final WireShape shape = new WireShape(new ServerInfo("server", null, "1"));

    @ParameterizedTest
    @EnumSource(ProtocolVersion.class)
    void shapesMembersOfAnyType(ProtocolVersion version) {
        for (String odd : ODD) {
            check(McpMethod.TOOLS_LIST, version, "tools", entry(odd), odd);
            check(McpMethod.PROMPTS_LIST, version, "prompts", entry(odd), odd);
            check(McpMethod.RESOURCES_LIST, version, "resources", entry(odd), odd);
            check(McpMethod.TOOLS_CALL, version, "content", block(odd), odd);
            check(
                    McpMethod.PROMPTS_GET,
                    version,
                    "messages",
                    "{\"content\":%s}".formatted(odd),
                    odd);
            check(
                    McpMethod.PROMPTS_GET,
                    version,
                    "messages",
                    "{\"content\":%s}".formatted(block(odd)),
                    odd);
            check(McpMethod.RESOURCES_READ, version, "contents", block(odd), odd);
        }
    }

    private void check(
            McpMethod method, ProtocolVersion version, String member, String entry, String odd) {
        for (String list : new String[] {"[%s,%s]".formatted(entry, odd), odd}) {
            var result =
                    (ObjectNode)
                            JSON.readTree(
                                    "{\"%s\":%s,\"structuredContent\":%s}"
                                            .formatted(member, list, odd));
            JsonNode shaped = shape.of(method, version, result);
            assertThat(shaped.has(member)).as(shaped.toString()).isTrue();
        }
    }

    private static String entry(String odd) {
        return "{\"name\":\"n\",\"title\":%1$s,\"arguments\":%1$s,\"annotations\":%1$s,\"icons\":%1$s,\"outputSchema\":%1$s,\"_meta\":%1$s}"
                .formatted(odd);
    }

    private static String block(String odd) {
        return "{\"type\":\"resource\",\"resource\":%1$s,\"annotations\":%1$s,\"text\":%1$s,\"_meta\":%1$s}"
                .formatted(odd);
    }
}
