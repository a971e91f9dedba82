package io.springline.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the schemas prove is worth what this proves. */
class SchemaWatchTest {

    private final SchemaWatch schemas = new SchemaWatch();

    @BeforeEach
    void theRunHasSchemas() {
        assumeTrue(WireSchema.areGiven(), "skipped: no schemas in this run, see -Pinterop");
    }

    private void initialized(String revision) {
        schemas.sent("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{}}");
        schemas.received(
                """
                {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"%s","capabilities":{},
                 "serverInfo":{"name":"s","version":"1"}}}\
                """
                        .formatted(revision));
    }

    private void asked(String method, String meta) {
        schemas.sent(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}"
                        .formatted(method, meta));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2024-11-05 | tools/list | {\"tools\":[{\"name\":\"x\"}]}",
                "2024-11-05 | tools/call | {\"content\":[{\"type\":\"audio\",\"data\":\"\",\"mimeType\":\"audio/wav\"}]}",
                "2025-03-26 | tools/call | {\"content\":[{\"type\":\"resource_link\",\"uri\":\"a:b\",\"name\":\"x\"}]}",
                "2025-06-18 | tools/call | {\"content\":[],\"structuredContent\":[1]}",
                "2025-11-25 | tools/call | {\"structuredContent\":{}}",
                "2025-11-25 | resources/read | {\"contents\":[{\"uri\":\"a:b\"}]}",
                "2025-11-25 | prompts/get | {\"messages\":[{\"role\":\"system\",\"content\":{\"type\":\"text\",\"text\":\"\"}}]}",
                "2025-11-25 | completion/complete | {\"completion\":{\"values\":[1]}}"
            })
    void aResultThatIsNotOfItsRevisionIsSeen(String revision, String method, String result) {
        initialized(revision);
        asked(method, "");
        String answer = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}".formatted(result);
        assertThatThrownBy(() -> schemas.received(answer)).hasMessageContaining(revision);
        assertThatThrownBy(() -> schemas.received("[" + answer + "]"))
                .isInstanceOf(AssertionError.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tools/list | {\"tools\":[],\"ttlMs\":1,\"cacheScope\":\"private\"}",
                "tools/list | {\"resultType\":\"complete\",\"tools\":[]}",
                "server/discover | {\"resultType\":\"complete\",\"capabilities\":{}}",
                "tools/call | {\"resultType\":\"input_required\",\"inputRequests\":{\"a\":{\"method\":\"x\"}}}"
            })
    void aModernResultThatIsNoneIsSeen(String method, String result) {
        asked(method, McpPeer.meta("{}"));
        assertThatThrownBy(() ->
                        schemas.received(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}".formatted(result)))
                .hasMessageContaining("2026-07-28");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"x\",\"message\":\"\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32021,\"message\":\"\",\"data\":{\"requiredCapabilities\":[]}}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/no_such\"}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1}}"
            })
    void anErrorOrANotificationThatIsNoneIsSeen(String message) {
        asked("tools/list", McpPeer.meta("{}"));
        assertThatThrownBy(() -> schemas.received(message)).isInstanceOf(AssertionError.class);
    }

    @Test
    void aQuestionThatTheRevisionDoesNotKnowIsSeen() {
        initialized("2025-03-26");
        assertThatThrownBy(() ->
                        schemas.received(
                                """
                                {"jsonrpc":"2.0","id":"s","method":"elicitation/create",
                                 "params":{"message":"","requestedSchema":{"type":"object","properties":{}}}}\
                                """))
                .hasMessageContaining("2025-03-26 knows no such method");
    }

    @Test
    void whatIsRightPassesAndSoDoesWhatIsOurOwn() {
        initialized("2025-11-25");
        asked("springline/open", "");
        assertThatCode(
                        () -> {
                            schemas.received(
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"token\":\"t\"}}");
                            schemas.received(
                                    "{\"jsonrpc\":\"2.0\",\"method\":\"springline/drain\",\"params\":{}}");
                            schemas.received(
                                    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"\"}}");
                        })
                .doesNotThrowAnyException();
    }
}
