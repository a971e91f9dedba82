package io.springline.toolcall;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.Tool;
import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.feature.ToolCallRefusedException;
import io.springline.feature.result.Content;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Filters see the calls of both eras, in their order, and what fails in them is not let through.
 */
class ToolCallFilterTest {

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        @Bean
        Tool repeat() {
            return Tool.named("repeat")
                    .inputSchema(
                            """
                            {"type":"object","properties":{"text":{"type":"string","maxLength":20}}}\
                            """)
                    .handler((_, arguments) -> ToolResult.text(arguments.path("text").asString()));
        }

        @Bean
        Tool fail() {
            return Tool.named("fail")
                    .handler((_, _) -> {
                        throw ErrorCode.INTERNAL_ERROR.exception("broken at db-7");
                    });
        }

        @Bean
        @Order(1)
        ToolCallFilter outer() {
            return new Bracket("1");
        }

        @Bean
        @Order(2)
        ToolCallFilter inner() {
            return new Bracket("2");
        }
    }

    private record Bracket(String mark) implements ToolCallFilter {

        @Override
        public ObjectNode before(ToolCall call, ObjectNode arguments) {
            String text = arguments.path("text").asString("");
            switch (text) {
                case "refuse" -> throw new ToolCallRefusedException("Not " + call.name());
                case "throw" -> throw new IllegalStateException("secret of the filter");
                default -> {}
            }
            return arguments.put("text", mark + text);
        }

        @Override
        public ToolResult after(ToolCall call, ToolResult result) {
            if (result.json().toString().contains("drop")) {
                throw new IllegalStateException("secret of the filter");
            }
            ObjectNode json = result.json().deepCopy();
            json.withArray("content").add(Content.text(mark));
            return new ToolResult(json);
        }

        @Override
        public JsonRpcError failed(ToolCall call, JsonRpcError error) {
            return new JsonRpcError(error.code(), mark + error.message(), error.data());
        }
    }

    private static JsonNode call(McpPeer peer, boolean modern, String tool, String text)
            throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call",\
                "params":{"name":"%s","arguments":{"text":"%s"}%s}}\
                """
                        .formatted(tool, text, modern ? "," + McpPeer.meta("{}") : ""));
    }

    private interface Check {
        void run(McpPeer peer) throws Exception;
    }

    private static void with(boolean modern, Check check) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        if (!modern) {
                            peer.initialize("2025-11-25", "{}");
                        }
                        check.run(peer);
                    }
                });
    }

    private static List<String> texts(JsonNode answer) {
        return answer.at("/result/content")
                .valueStream()
                .map(each -> each.path("text").asString())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void changesArgumentsInOrderAndResultsInReverseOrder(boolean modern) {
        with(
                modern,
                peer ->
                        assertThat(texts(call(peer, modern, "repeat", "a")))
                                .containsExactly("21a", "2", "1"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesACallWithTheReason(boolean modern) {
        with(
                modern,
                peer -> {
                    JsonNode answer = call(peer, modern, "repeat", "refuse");
                    assertThat(texts(answer)).containsExactly("Not repeat");
                    assertThat(answer.at("/result/isError").asBoolean()).isTrue();
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"throw", "drop"})
    void sendsNothingIfAFilterFails(String text) {
        with(
                true,
                peer ->
                        assertThat(texts(call(peer, true, "repeat", text)))
                                .containsExactly("Tool 'repeat' failed"));
    }

    @Test
    void changesErrors() {
        with(
                true,
                peer ->
                        assertThat(call(peer, true, "fail", "a").at("/error/message").asString())
                                .isEqualTo("12broken at db-7"));
    }

    @Test
    void doesNotCallAToolWithArgumentsThatAFilterMadeInvalid() {
        with(
                true,
                peer ->
                        assertThat(texts(call(peer, true, "repeat", "x".repeat(20))))
                                .containsExactly("Tool 'repeat' failed", "2", "1"));
    }
}
