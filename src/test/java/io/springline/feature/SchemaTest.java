package io.springline.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.DecimalNode;

class SchemaTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void saysWhatIsWrongAndWhere() {
        Schema schema =
                compile(
                        """
                        {"type":"object","properties":{"a":{"type":"integer"}},"required":["a","b"],
                         "additionalProperties":false}\
                        """);
        assertThat(schema.validate(json("{\"a\":1,\"b\":2}"))).isNotEmpty();
        assertThat(schema.validate(json("{\"a\":\"x\",\"b\":2}")))
                .anyMatch(fault -> fault.contains("/a") && fault.contains("integer"));
        assertThat(schema.validate(json("{\"a\":1}"))).anyMatch(fault -> fault.contains("b"));
        assertThat(schema.validate(json("7"))).isNotEmpty();
    }

    @Test
    void reportsAFewFaultsOnly() {
        Schema schema = compile("{\"items\":{\"type\":\"integer\"}}");
        assertThat(schema.validate(json("[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]")))
                .hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void takesWholeNumbersForIntegers() {
        Schema schema = compile("{\"type\":\"integer\"}");
        assertThat(schema.validate(json("1"))).isEmpty();
        assertThat(schema.validate(json("1.0"))).isEmpty();
        assertThat(schema.validate(json("123456789012345678901234567890"))).isEmpty();
        assertThat(schema.validate(json("1.5"))).isNotEmpty();
    }

    @Test
    void followsReferencesWithinTheDocument() {
        Schema schema =
                compile(
                        """
                        {"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}}\
                        """);
        assertThat(schema.validate(json("{\"a\":1}"))).isEmpty();
        assertThat(schema.validate(json("{\"a\":\"x\"}"))).isNotEmpty();
    }

    @Test
    void isOfDialect2020UnlessItSaysOtherwise() {
        String tuple = "{%s\"items\":[{\"type\":\"integer\"}]}";
        Schema draft7 =
                compile(
                        tuple.formatted(
                                "\"$schema\":\"http://json-schema.org/draft-07/schema#\","));
        assertThat(draft7.validate(json("[\"x\"]"))).isNotEmpty();
        Schema newest = compile("{\"prefixItems\":[{\"type\":\"integer\"}]}");
        assertThat(newest.validate(json("[\"x\"]"))).isNotEmpty();
    }

    @Test
    void takesFormatForAnAnnotation() {
        assertThat(compile("{\"format\":\"email\"}").validate(json("\"no mail\""))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\":\"https://example.com/schema.json\"}",
                "{\"$ref\":\"http://127.0.0.1:1/schema.json\"}",
                "{\"$ref\":\"file:///etc/hostname\"}",
                "{\"$ref\":\"classpath:schema.json\"}",
                "{\"properties\":{\"a\":{\"items\":{\"$ref\":\"https://example.com/schema.json#/x\"}}}}",
                "{\"$ref\":\"#/$defs/missing\"}",
                "{\"$schema\":\"https://example.com/unknown-dialect\"}"
            })
    void doesNotCompileWithAReferenceThatItCannotResolve(String schema) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compile(schema))
                .withMessageContaining("Tool 'x'");
    }

    @Test
    void refusesWhatIsTooLarge() {
        String large = "{\"description\":\"%s\"}".formatted("x".repeat(Schema.MAX_LENGTH));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compile(large))
                .withMessageContaining("larger");
    }

    private static Schema compile(String schema) {
        return Schema.compile("Tool 'x', inputSchema", json(schema));
    }

    private static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    /** A regression: the library threw where it compares with an integer. */
    @Test
    void aNumberBeyondWhatCanBeComparedIsAFault() {
        Schema schema = compile("{\"type\":\"integer\",\"minimum\":0}");
        assertThat(schema.validate(DecimalNode.valueOf(new BigDecimal("1e400")))).isNotEmpty();
    }
}
