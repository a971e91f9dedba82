package io.springline.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.spec.McpError;
import io.springline.jsonrpc.ErrorCode;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.mcp.annotation.McpComplete;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import tools.jackson.databind.JsonNode;

/** What a client learns of an exception in an annotated method. */
class FailuresTest {

    static class NoSuchCity extends RuntimeException {
        NoSuchCity(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static class Failing {

        @McpTool
        String chosen() {
            throw new NoSuchCity("There is no city of this name", new Exception("10.0.0.3"));
        }

        @McpTool
        String unknown(String city) {
            throw new NoSuchCity("There is no city " + city, null);
        }

        @McpTool
        String checked() throws Exception {
            throw new Exception("The station is down");
        }

        @McpTool
        String error() {
            throw McpError.builder(ErrorCode.INVALID_PARAMS.code()).message("Ask again").build();
        }

        @McpTool
        String fault() {
            return List.of("secret").get(1);
        }

        @McpTool
        String library() {
            return URI.create("secret key").toString();
        }

        @McpTool
        String check() {
            return Objects.requireNonNull((String) null, "secret");
        }

        @McpTool
        String passedOn() {
            throw new IllegalStateException(new IllegalArgumentException("secret"));
        }

        @McpTool
        String bug() {
            throw new StackOverflowError("secret");
        }

        @McpPrompt
        String prompt() {
            throw new NoSuchCity("secret", null);
        }

        @McpResource(uri = "failing://one", name = "one")
        String resource() {
            throw new NoSuchCity("secret", null);
        }

        @McpComplete(prompt = "prompt")
        String complete(String value) {
            throw new NoSuchCity("secret", null);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "chosen,There is no city of this name",
        "checked,The station is down",
        "error,Ask again"
    })
    void tellsTheModelWhatTheAuthorChoseToSay(String tool, String words) {
        SdkPeer.with(
                peer -> {
                    JsonNode answer = peer.call(tool, "{}");
                    assertThat(answer.at("/result/isError").asBoolean()).isTrue();
                    assertThat(SdkPeer.text(answer)).isEqualTo(words);
                    assertThat(answer.toString()).doesNotContain("10.0.0.3", "NoSuchCity");
                },
                Failing.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault", "library", "check", "passedOn", "bug"})
    void keepsToItselfWhatNobodyChoseToSay(String tool) {
        SdkPeer.with(
                peer -> {
                    JsonNode answer = peer.call(tool, "{}");
                    assertThat(answer.at("/result/isError").asBoolean()).isTrue();
                    assertThat(SdkPeer.text(answer)).isEqualTo("Tool '%s' failed".formatted(tool));
                },
                Failing.class);
    }

    /** The search for the name of a class took the square of a message that a caller had chosen. */
    @Test
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void tellsWhatTheAuthorSaysOfALongArgument() {
        SdkPeer.with(
                peer -> {
                    String city = "a.".repeat(100_000);
                    JsonNode answer = peer.call("unknown", "{\"city\":\"%s\"}".formatted(city));
                    assertThat(SdkPeer.text(answer)).isEqualTo("There is no city " + city);
                },
                Failing.class);
    }

    @Test
    void promptsResourcesAndCompletionsFailWithAReferenceAlone() {
        SdkPeer.with(
                peer -> {
                    assertInternal(peer.ask("prompts/get", "\"name\":\"prompt\""));
                    assertInternal(peer.ask("resources/read", "\"uri\":\"failing://one\""));
                    assertInternal(
                            peer.ask(
                                    "completion/complete",
                                    "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"prompt\"},\"argument\":{\"name\":\"a\",\"value\":\"\"}"));
                },
                Failing.class);
    }

    private static void assertInternal(JsonNode answer) {
        assertThat(answer.at("/error/code").asInt()).isEqualTo(-32603);
        assertThat(answer.at("/error/message").asString())
                .matches(
                        "Internal error; the log of the server has the cause \\(reference [0-9a-f]{8}\\)");
        assertThat(answer.get("error").has("data")).isFalse();
    }
}
