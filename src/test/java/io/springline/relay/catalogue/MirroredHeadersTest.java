package io.springline.relay.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class MirroredHeadersTest {

    private static ObjectNode tool(String properties) {
        return (ObjectNode)
                JsonMapper.shared()
                        .readTree(
                                "{\"inputSchema\":{\"type\":\"object\",\"properties\":%s}}"
                                        .formatted(properties));
    }

    @Test
    void findsAnnotationsAtAnyDepth() {
        assertThat(
                        MirroredHeaders.of(
                                tool(
                                        """
                                        {"region":{"type":"string","x-mcp-header":"Region"},
                                         "plain":{"type":"string"},
                                         "at":{"type":"object","properties":{
                                            "a/b":{"type":"integer","x-mcp-header":"Day"}}}}\
                                        """)))
                .isEqualTo(
                        Map.of(
                                JsonPointer.compile("/region"), "Region",
                                JsonPointer.compile("/at/a~1b"), "Day"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"no token\"}}",
                "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"\"}}",
                "{\"a\":{\"type\":\"object\",\"x-mcp-header\":\"A\"}}",
                "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"X\"},\"b\":{\"type\":\"string\",\"x-mcp-header\":\"x\"}}"
            })
    void refusesWhatBreaksTheRules(String properties) {
        assertThatIllegalArgumentException().isThrownBy(() -> MirroredHeaders.of(tool(properties)));
    }

    /** Each level's path holds all names above it: 200 levels of 50 KB would be a gigabyte. */
    @Test
    void looksNoDeeperThanAPathOfBoundedLength() {
        String annotated = "{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}";
        assertThat(MirroredHeaders.of(tool(below("k".repeat(8_000), annotated)))).hasSize(1);
        assertThat(MirroredHeaders.of(tool(below("k".repeat(10_000), annotated)))).isEmpty();
    }

    private static String below(String name, String properties) {
        return "{\"%s\":{\"type\":\"object\",\"properties\":%s}}".formatted(name, properties);
    }
}
