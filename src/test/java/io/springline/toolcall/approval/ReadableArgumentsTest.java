package io.springline.toolcall.approval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class ReadableArgumentsTest {

    private static String shown(String json) {
        return ReadableArguments.of((ObjectNode) new JsonMapper().readTree(json));
    }

    @Test
    void showsOneValuePerLine() {
        assertThat(shown("{\"a\":[1,\"x\"],\"b\":{\"c\":null},\"d\":{}}"))
                .isEqualTo(
                        """
                        {
                          "a": [
                            1
                            "x"
                          ]
                          "b": {
                            "c": null
                          }
                          "d": {}
                        }\
                        """);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, 10, 13, 27, 0x7f, 0x85, 0xa0, 0xad, 0x200b, 0x202e, 0x2028, 0xfeff, 0x3164,
                0xd800, 0xe000
            })
    void escapesWhatDeceives(int character) {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        arguments.put("a", "x" + (char) character + "y");
        assertThat(ReadableArguments.of(arguments))
                .contains("\"x\\u{%x}y\"".formatted(character))
                .doesNotContain("x" + (char) character);
    }

    @Test
    void escapesQuotesSoThatAValueCannotEndEarly() {
        assertThat(shown("{\"a\":\"x\\\", \\\"b\\\": \\\"y\"}"))
                .contains("\"x\\\", \\\"b\\\": \\\"y\"");
    }

    @Test
    void saysThatAValueIsCut() {
        assertThat(shown("{\"a\":\"%s\"}".formatted("x".repeat(600))))
                .startsWith("ATTENTION")
                .contains("… (100 more characters)");
    }

    @Test
    void boundsManyAndDeepValues() {
        String many = "\"k\",".repeat(10_000) + "1";
        assertThat(shown("{\"a\":[%s]}".formatted(many)))
                .startsWith("ATTENTION")
                .hasSizeLessThan(ReadableArguments.MAX_LENGTH + 1000);
        assertThat(shown("{\"a\":%s1%s}".formatted("[".repeat(400), "]".repeat(400))))
                .startsWith("ATTENTION")
                .hasSizeLessThan(ReadableArguments.MAX_LENGTH + 1000);
    }
}
