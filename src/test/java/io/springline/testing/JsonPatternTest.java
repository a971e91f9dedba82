package io.springline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What the transcripts prove is worth what this proves. */
class JsonPatternTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1,\"b\":[1,{}]} | {\"b\":[1,{}],\"a\":1}",
                "{\"a\":\"…\"} | {\"a\":null}",
                "{\"a\":1,\"…\":\"…\"} | {\"a\":1,\"b\":2}",
                "{\"a\":\"∅\"} | {}",
                "{\"a\":\"~x+\"} | {\"a\":\"xx\"}",
                "{\"a\":[1,\"*…\",4]} | {\"a\":[1,2,3,4]}",
                "{\"a\":[\"*…\"]} | {\"a\":[]}",
                "{\"a\":\"$x\",\"b\":\"$x\"} | {\"a\":1,\"b\":1}",
                "[{\"id\":1},{\"id\":2}] | [{\"id\":2},{\"id\":1}]"
            })
    void matches(String pattern, String message) {
        assertThat(mismatch(pattern, message)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1} | {\"a\":\"1\"}",
                "{\"a\":1} | {\"a\":1.0}",
                "{\"a\":1.5} | {\"a\":1.50}",
                "{\"a\":9007199254740993} | {\"a\":9007199254740992}",
                "{\"a\":1} | {\"a\":1,\"b\":2}",
                "{\"a\":\"…\"} | {}",
                "{\"a\":1,\"…\":\"…\"} | {\"b\":2}",
                "{\"a\":\"∅\",\"…\":\"…\"} | {\"a\":null}",
                "{\"a\":\"~x+\"} | {\"a\":\"xxy\"}",
                "{\"a\":\"~1\"} | {\"a\":1}",
                "{\"a\":[1,2]} | {\"a\":[2,1]}",
                "{\"a\":[1]} | {\"a\":[1,2]}",
                "{\"a\":[1,\"*…\",4]} | {\"a\":[1,2,3]}",
                "{\"a\":\"$x\",\"b\":\"$x\"} | {\"a\":1,\"b\":\"1\"}",
                "{\"a\":{}} | {\"a\":[]}",
                "[{\"id\":1},{\"id\":1}] | [{\"id\":2},{\"id\":1}]",
                "[{\"id\":1}] | [{\"id\":1},{\"id\":1}]",
                "[{\"id\":1}] | {\"id\":1}"
            })
    void doesNotMatch(String pattern, String message) {
        assertThat(mismatch(pattern, message)).isNotNull();
    }

    @Test
    void capturesOnlyWhenAllOfItMatches() {
        Map<String, JsonNode> captures = new HashMap<>();
        var pattern = new JsonPattern(json("{\"a\":\"$x\",\"b\":1}"));
        pattern.mismatch(json("{\"a\":7,\"b\":2}"), captures);
        assertThat(captures).isEmpty();
        pattern.mismatch(json("{\"a\":7,\"b\":1}"), captures);
        assertThat(captures).containsEntry("x", json("7"));
    }

    private static String mismatch(String pattern, String message) {
        return new JsonPattern(json(pattern)).mismatch(json(message), new HashMap<>());
    }

    private static JsonNode json(String text) {
        return JsonPattern.JSON.readTree(text);
    }
}
