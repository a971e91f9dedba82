package io.springline.feature.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DecimalNode;

class SchemaTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void reportsTheErrorAndItsPlace() {
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
    void limitsReportedErrors() {
        Schema schema = compile("{\"items\":{\"type\":\"integer\"}}");
        assertThat(schema.validate(json("[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]")))
                .hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void acceptsWholeDecimalsAsIntegers() {
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
    void usesDialect2020UnlessTheSchemaNamesAnother() {
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
    void doesNotCheckFormat() {
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
    void refusesASchemaThatIsTooLarge() {
        String large = "{\"description\":\"%s\"}".formatted("x".repeat(Schema.MAX_LENGTH));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> compile(large))
                .withMessageContaining("larger");
    }

    @Test
    void limitsReportedErrorsForAnySchema() {
        JsonNode many = json("[" + "0,".repeat(1000) + "0]");
        assertThat(
                        compile("{\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":1}]}}")
                                .validate(many))
                .hasSizeBetween(1, 5);
        assertThat(
                        compile(
                                        "{\"anyOf\":[{\"items\":{\"type\":\"string\"}},{\"items\":{\"minimum\":1}}]}")
                                .validate(many))
                .hasSizeBetween(1, 5);
        assertThat(compile("{\"oneOf\":[{\"items\":{\"anyOf\":[false,false]}},{}]}").validate(many))
                .isEmpty();
    }

    @Test
    void truncatesAnErrorThatNamesALongMember() {
        JsonNode longName = json("{\"%s\":1}".formatted("k".repeat(10_000)));
        assertThat(compile("{\"additionalProperties\":{\"type\":\"string\"}}").validate(longName))
                .singleElement(STRING)
                .hasSizeLessThan(500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"^(a+)+$", "^(a|aa)+$"})
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void matchesPatternsInLinearTime(String pattern) {
        String hostile = "a".repeat(60) + "!";
        String property = "{\"properties\":{\"x\":{\"pattern\":\"%s\"}}}".formatted(pattern);
        for (Schema schema : List.of(compile(property), Schema.ofForm(json(property)))) {
            assertThat(schema.validate(json("{\"x\":\"%s\"}".formatted(hostile)))).isNotEmpty();
            assertThat(schema.validate(json("{\"x\":\"aaaa\"}"))).isEmpty();
        }
        JsonNode hostileName = json("{\"%s\":1}".formatted(hostile));
        Schema names = compile("{\"patternProperties\":{\"%s\":false}}".formatted(pattern));
        assertThat(names.validate(hostileName)).isEmpty();
        assertThat(names.validate(json("{\"aa\":1}"))).isNotEmpty();
        names = compile("{\"propertyNames\":{\"pattern\":\"%s\"}}".formatted(pattern));
        assertThat(names.validate(hostileName)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)b",
                "(?<!a)b",
                "(a)\\\\1",
                "(?<x>a)\\\\k<x>",
                "a{1001}",
                "((a{100}){100}){100}",
                "(",
                "a++"
            })
    void refusesAPatternThatCannotBeMatchedInLinearTime(String pattern) {
        for (String keyword :
                List.of("{\"pattern\":\"%s\"}", "{\"patternProperties\":{\"%s\":{}}}")) {
            String schema = "{\"properties\":{\"x\":%s}}".formatted(keyword.formatted(pattern));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> compile(schema))
                    .withMessageContaining("Tool 'x', inputSchema")
                    .withMessageContaining("cannot be matched in linear time");
            assertThat(Schema.ofForm(json(schema)).validate(json("{\"x\":\"b\"}"))).isEmpty();
        }
    }

    @Test
    void checksTheRestOfAFormWithAPatternThatItCannotMatch() {
        Schema form =
                Schema.ofForm(
                        json("{\"properties\":{\"x\":{\"pattern\":\"(?=a)b\",\"maxLength\":1}}}"));
        assertThat(form.validate(json("{\"x\":\"bb\"}"))).isNotEmpty();
    }

    /** Texts of equal hashes made the library compare each with each. */
    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    void findsDuplicatesAmongItemsWithEqualHashes() {
        Schema schema = compile("{\"uniqueItems\":true}");
        ArrayNode items = JSON.createArrayNode();
        for (int i = 0; i < 1 << 17; i++) {
            var text = new StringBuilder();
            for (int bit = 0; bit < 17; bit++) {
                text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            items.add(text.toString());
        }
        assertThat(schema.validate(items)).isEmpty();
        items.add(items.get(5));
        assertThat(schema.validate(items)).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "[1,1.0];false",
                "[1,10];true",
                "[\"1\",1];true",
                "[1e3,1000];false",
                "[[1],[1.0]];false",
                "[[1],[true]];true",
                "[[0],[false]];true",
                "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}];false",
                "[{\"a\":1},{\"a\":\"1\"}];true",
                "[[],{}];true",
                "[null,\"null\"];true",
                "[null,null];false",
                "[[\"a\",\"b\"],[\"a,b\"]];true",
                "[\"\",\"\"];false",
                "[[1,2],[12]];true",
                "[\"1:a\",\"a\"];true",
                "[[[]],[[],[]]];true",
                "[true,false,true];false",
                "\"aa\";true"
            })
    void comparesItemsByTheirValue(String items, boolean unique) {
        Schema schema = compile("{\"uniqueItems\":true}");
        assertThat(schema.validate(json(items)).isEmpty()).isEqualTo(unique);
        assertThat(compile("{\"uniqueItems\":false}").validate(json(items))).isEmpty();
    }

    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    void refusesEndlessReferences() {
        for (String schema : List.of("{\"$ref\":\"#\"}", "{\"allOf\":[{\"$ref\":\"#\"}]}")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> compile(schema))
                    .withMessageContaining("Tool 'x'");
            assertThatIllegalArgumentException().isThrownBy(() -> Schema.ofForm(json(schema)));
        }
    }

    @Test
    @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
    void limitsTheStepsOfAValidation() {
        var levels = new StringBuilder("\"d0\":{\"type\":[\"string\",\"boolean\"]}");
        for (int i = 1; i < 40; i++) {
            levels.append(
                    ",\"d%1$d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%2$d\"},{\"$ref\":\"#/$defs/d%2$d\"}]}"
                            .formatted(i, i - 1));
        }
        JsonNode doubling =
                json(
                        "{\"$defs\":{%s},\"properties\":{\"x\":{\"$ref\":\"#/$defs/d39\"}}}"
                                .formatted(levels));
        assertThat(Schema.ofForm(doubling).validate(json("{\"x\":\"a\"}")))
                .singleElement(STRING)
                .contains("too many steps");
        assertThat(Schema.ofForm(doubling).validate(json("{\"y\":\"a\"}"))).isEmpty();
    }

    private static Schema compile(String schema) {
        return Schema.compile("Tool 'x', inputSchema", json(schema));
    }

    private static JsonNode json(String text) {
        return JSON.readTree(text);
    }

    /** A regression: the library threw where it compares with an integer. */
    @Test
    void refusesANumberThatIsTooLargeToCompare() {
        Schema schema = compile("{\"type\":\"integer\",\"minimum\":0}");
        assertThat(schema.validate(DecimalNode.valueOf(new BigDecimal("1e400")))).isNotEmpty();
    }
}
