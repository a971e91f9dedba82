package io.springline.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult.Action;
import io.modelcontextprotocol.spec.McpSchema.Root;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.context.McpSyncRequestContext;
import tools.jackson.databind.JsonNode;

/** What an annotated method asks its client, blocking, in both eras. */
class QuestionsTest {

    record Person(String name, int age) {}

    static class Asking {

        static final BlockingQueue<String> SEEN = new LinkedBlockingQueue<>();

        @McpTool
        String greet(McpSyncRequestContext context) {
            var answer = context.elicit(e -> e.message("Who are you?"), Person.class);
            return answer.action() == Action.ACCEPT
                    ? "Hello " + answer.structuredContent()
                    : "Hello stranger";
        }

        @McpTool
        String think(McpSyncRequestContext context) {
            var answer = context.sample("What is 6 times 7?");
            return answer.model() + ": " + ((TextContent) answer.content()).text();
        }

        @McpTool
        @SuppressWarnings("deprecation") // roots, from 2.2.0 of the SDK on
        String where(McpSyncServerExchange exchange) {
            return exchange.listRoots().roots().stream()
                    .map(Root::uri)
                    .collect(Collectors.joining(" "));
        }

        @McpTool
        String patient(McpSyncRequestContext context) {
            try {
                return greet(context);
            } catch (RuntimeException e) {
                SEEN.add("interrupted: " + Thread.currentThread().isInterrupted());
                throw e;
            }
        }

        @McpTool
        String robust(McpSyncRequestContext context) {
            try {
                return greet(context);
            } catch (RuntimeException e) {
                return "Hello anyway";
            }
        }

        @McpPrompt
        String introduce(McpSyncRequestContext context) {
            return greet(context);
        }

        @McpResource(uri = "asking://person", name = "person")
        String person(McpSyncRequestContext context) {
            return greet(context);
        }
    }

    private static final String FORM =
            "{\"action\":\"accept\",\"content\":{\"name\":\"Ada\",\"age\":36}}";
    private static final String THOUGHT =
            "{\"role\":\"assistant\",\"model\":\"m1\",\"stopReason\":\"endTurn\",\"content\":{\"type\":\"text\",\"text\":\"42\"}}";
    private static final String ROOTS =
            "{\"roots\":[{\"uri\":\"file:///a\"},{\"uri\":\"file:///b\",\"name\":\"b\"}]}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    greet | elicitation/create     | Hello Person[name=Ada, age=36]
                    think | sampling/createMessage | m1: 42
                    where | roots/list             | file:///a file:///b
                    """)
    void asksALegacyClientByARequest(String tool, String method, String text) {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    JsonNode request = peer.askLegacy("tools/call", SdkPeer.tool(tool, "{}"));
                    assertThat(request.get("method").asString()).isEqualTo(method);
                    assertThat(request.toString()).doesNotContain("null");
                    peer.answer(request, result(method));
                    assertThat(SdkPeer.text(peer.receive())).isEqualTo(text);
                },
                Asking.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    greet | elicitation/create     | Hello Person[name=Ada, age=36]
                    think | sampling/createMessage | m1: 42
                    where | roots/list             | file:///a file:///b
                    """)
    void asksAModernClientByInputRequired(String tool, String method, String text) {
        SdkPeer.with(
                peer -> {
                    JsonNode first = peer.call(tool, "{}").get("result");
                    assertThat(first.get("resultType").asString()).isEqualTo("input_required");
                    assertThat(first.at("/inputRequests/input/method").asString())
                            .isEqualTo(method);
                    assertThat(first.toString()).doesNotContain("null");
                    JsonNode second =
                            peer.ask(
                                    "tools/call",
                                    SdkPeer.tool(tool, "{}") + retry(first, result(method)));
                    assertThat(second.at("/result/resultType").asString()).isEqualTo("complete");
                    assertThat(SdkPeer.text(second)).isEqualTo(text);
                },
                Asking.class);
    }

    @Test
    void asksForAFormOfTheTypeThatTheMethodWants() {
        SdkPeer.with(
                peer -> {
                    JsonNode params =
                            peer.call("greet", "{}").at("/result/inputRequests/input/params");
                    assertThat(params.get("message").asString()).isEqualTo("Who are you?");
                    assertThat(params.at("/requestedSchema/properties/age/type").asString())
                            .isEqualTo("integer");
                },
                Asking.class);
    }

    @Test
    void promptsAndResourcesAskToo() {
        SdkPeer.with(
                peer -> {
                    JsonNode prompt = peer.ask("prompts/get", "\"name\":\"introduce\"");
                    assertThat(
                                    peer.ask(
                                                    "prompts/get",
                                                    "\"name\":\"introduce\""
                                                            + retry(prompt.get("result"), FORM))
                                            .toString())
                            .contains("Hello Person[name=Ada, age=36]");
                    JsonNode resource = peer.ask("resources/read", "\"uri\":\"asking://person\"");
                    assertThat(
                                    peer.ask(
                                                    "resources/read",
                                                    "\"uri\":\"asking://person\""
                                                            + retry(resource.get("result"), FORM))
                                            .toString())
                            .contains("Hello Person[name=Ada, age=36]");
                },
                Asking.class);
    }

    @Test
    void aDeclinedFormIsAnAnswer() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    JsonNode request = peer.askLegacy("tools/call", SdkPeer.tool("greet", "{}"));
                    peer.answer(request, "{\"action\":\"decline\"}");
                    assertThat(SdkPeer.text(peer.receive())).isEqualTo("Hello stranger");
                },
                Asking.class);
    }

    @Test
    void aRefusedQuestionEndsAToolWithWhatTheClientSaid() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    refuse(peer, peer.askLegacy("tools/call", SdkPeer.tool("greet", "{}")));
                    JsonNode answer = peer.receive();
                    assertThat(answer.at("/result/isError").asBoolean()).isTrue();
                    assertThat(SdkPeer.text(answer))
                            .isEqualTo("The client refused elicitation/create: no user");
                },
                Asking.class);
    }

    @Test
    void aRefusedQuestionEndsAPromptWithWhatTheClientSaid() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    refuse(peer, peer.askLegacy("prompts/get", "\"name\":\"introduce\""));
                    assertThat(peer.receive().at("/error/message").asString())
                            .isEqualTo("The client refused elicitation/create: no user");
                },
                Asking.class);
    }

    @Test
    void aMethodMayCatchARefusalAndGoOn() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    refuse(peer, peer.askLegacy("tools/call", SdkPeer.tool("robust", "{}")));
                    assertThat(SdkPeer.text(peer.receive())).isEqualTo("Hello anyway");
                },
                Asking.class);
    }

    @Test
    void anAnswerOfAnotherShapeIsARefusal() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    JsonNode request = peer.askLegacy("tools/call", SdkPeer.tool("think", "{}"));
                    peer.answer(request, "{\"role\":[],\"content\":17}");
                    assertThat(SdkPeer.text(peer.receive()))
                            .isEqualTo(
                                    "The client's answer to sampling/createMessage cannot be read");
                },
                Asking.class);
    }

    @ParameterizedTest
    @CsvSource({"greet,elicitation", "think,sampling", "where,roots"})
    void aModernClientIsToldWhichCapabilityIsMissing(String tool, String capability) {
        SdkPeer.with(
                peer -> {
                    JsonNode error =
                            peer.ask("tools/call", SdkPeer.tool(tool, "{}"), "{}").get("error");
                    assertThat(error.get("code").asInt()).isEqualTo(-32021);
                    assertThat(error.at("/data/requiredCapabilities").has(capability)).isTrue();
                },
                Asking.class);
    }

    @ParameterizedTest
    @CsvSource({"greet,elicitation", "think,sampling", "where,roots"})
    void aLegacyClientGetsAResultThatSaysWhichCapabilityIsMissing(String tool, String capability) {
        SdkPeer.with(
                peer -> {
                    peer.initialize("{}");
                    assertThat(SdkPeer.text(peer.askLegacy("tools/call", SdkPeer.tool(tool, "{}"))))
                            .isEqualTo("Missing required client capability: " + capability);
                },
                Asking.class);
    }

    @Test
    void promptsTellAModernClientToo() {
        SdkPeer.with(
                peer ->
                        assertThat(
                                        peer.ask("prompts/get", "\"name\":\"introduce\"", "{}")
                                                .at("/error/code")
                                                .asInt())
                                .isEqualTo(-32021),
                Asking.class);
    }

    @Test
    void aCancelledMethodIsInterruptedAndNotAnswered() {
        Asking.SEEN.clear();
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    JsonNode request = peer.askLegacy("tools/call", SdkPeer.tool("patient", "{}"));
                    peer.send(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":7}}");
                    JsonNode withdrawn = peer.receive();
                    assertThat(withdrawn.get("method").asString())
                            .isEqualTo("notifications/cancelled");
                    assertThat(withdrawn.at("/params/requestId")).isEqualTo(request.get("id"));
                    assertThat(Asking.SEEN.poll(60, TimeUnit.SECONDS))
                            .isEqualTo("interrupted: true");
                    assertThat(peer.askLegacy("ping", "").has("result")).isTrue();
                },
                Asking.class);
    }

    private static void refuse(SdkPeer peer, JsonNode request) {
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-1,\"message\":\"no user\"}}"
                        .formatted(request.get("id")));
    }

    private static String result(String method) {
        return switch (method) {
            case "elicitation/create" -> FORM;
            case "sampling/createMessage" -> THOUGHT;
            default -> ROOTS;
        };
    }

    private static String retry(JsonNode inputRequired, String answer) {
        return ",\"inputResponses\":{\"input\":%s},\"requestState\":%s"
                .formatted(answer, inputRequired.get("requestState"));
    }
}
