package io.springline.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.server.McpServerFeatures.SyncCompletionSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceTemplateSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.CompleteResult;
import io.modelcontextprotocol.spec.McpSchema.CompleteResult.CompleteCompletion;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.PromptReference;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.JsonNode;

class SpecificationBeansTest {

    private static SyncToolSpecification tool(String name) {
        var tool =
                McpSchema.Tool.builder(name, Map.of("type", "object", "x-note", "kept"))
                        .meta(Map.of("com.example/kind", "made"))
                        .build();
        return new SyncToolSpecification(
                tool,
                (exchange, request) ->
                        CallToolResult.builder()
                                .addTextContent(request.name() + " " + request.arguments())
                                .meta(Map.of("com.example/took", 3))
                                .build());
    }

    static class Annotated {
        @McpTool
        String zero() {
            return "0";
        }
    }

    static class Tools {

        @Bean
        @Order(2)
        SyncToolSpecification two() {
            return tool("two");
        }

        @Bean
        @Order(1)
        SyncToolSpecification one() {
            return tool("one");
        }

        @Bean
        List<SyncToolSpecification> more() {
            return List.of(tool("three"), tool("four"));
        }

        @Bean
        SyncToolSpecification errors() {
            return new SyncToolSpecification(
                    McpSchema.Tool.builder("error", Map.of("type", "object")).build(),
                    (exchange, request) -> {
                        throw McpError.builder(-32042)
                                .message("Visit the page")
                                .data(Map.of("a", 1))
                                .build();
                    });
        }

        @Bean
        SyncToolSpecification failure() {
            return new SyncToolSpecification(
                    McpSchema.Tool.builder("failure", Map.of("type", "object")).build(),
                    (exchange, request) -> {
                        throw new IllegalStateException("The printer is on fire");
                    });
        }
    }

    @Test
    void offersAnnotatedBeansFirstThenSingleOnesInBeanOrderThenLists() {
        SdkPeer.with(
                peer ->
                        assertThat(
                                        peer.ask("tools/list", "")
                                                .at("/result/tools")
                                                .valueStream()
                                                .map(each -> each.get("name").asString()))
                                .containsExactly(
                                        "zero", "one", "two", "error", "failure", "three", "four"),
                Tools.class,
                Annotated.class);
    }

    @Test
    void keepsEveryMemberOfADefinitionAndOfAResult() {
        SdkPeer.with(
                peer -> {
                    JsonNode listed = peer.ask("tools/list", "").at("/result/tools/0");
                    assertThat(listed.at("/_meta/com.example~1kind").asString()).isEqualTo("made");
                    assertThat(listed.at("/inputSchema/x-note").asString()).isEqualTo("kept");
                    assertThat(listed.toString()).doesNotContain("null");
                    JsonNode result = peer.call("three", "{\"a\":[1,{\"b\":null}]}").get("result");
                    assertThat(result.at("/content/0/text").asString())
                            .isEqualTo("three {a=[1, {b=null}]}");
                    assertThat(result.at("/_meta/com.example~1took").asInt()).isEqualTo(3);
                },
                Tools.class);
    }

    @Test
    void anErrorOfTheProtocolReachesTheClientAsItIs() {
        SdkPeer.with(
                peer ->
                        assertThat(peer.call("error", "{}").get("error").toString())
                                .isEqualTo(
                                        "{\"code\":-32042,\"message\":\"Visit the page\",\"data\":{\"a\":1}}"),
                Tools.class);
    }

    @Test
    void tellsTheModelWhatTheAuthorOfAHandlerChoseToSay() {
        SdkPeer.with(
                peer ->
                        assertThat(SdkPeer.text(peer.call("failure", "{}")))
                                .isEqualTo("The printer is on fire"),
                Tools.class);
    }

    static class Others {

        @Bean
        SyncPromptSpecification prompt() {
            return new SyncPromptSpecification(
                    McpSchema.Prompt.builder("review").build(),
                    (exchange, request) ->
                            GetPromptResult.builder(
                                            List.of(
                                                    new PromptMessage(
                                                            Role.USER,
                                                            TextContent.builder(
                                                                            "Review "
                                                                                    + request
                                                                                            .arguments())
                                                                    .build())))
                                    .build());
        }

        @Bean
        SyncResourceSpecification resource() {
            return new SyncResourceSpecification(
                    McpSchema.Resource.builder("made://one", "one").size(3L).build(),
                    (exchange, request) -> text(request.uri(), "one"));
        }

        @Bean
        List<SyncResourceTemplateSpecification> templates() {
            return List.of(
                    new SyncResourceTemplateSpecification(
                            McpSchema.ResourceTemplate.builder("made://many/{n}", "many").build(),
                            (exchange, request) -> {
                                if (request.uri().endsWith("/none")) {
                                    throw McpError.RESOURCE_NOT_FOUND.apply(request.uri());
                                }
                                return text(request.uri(), "many");
                            }));
        }

        @Bean
        SyncCompletionSpecification completion() {
            return new SyncCompletionSpecification(
                    new PromptReference("review"),
                    (exchange, request) ->
                            new CompleteResult(
                                    new CompleteCompletion(
                                            IntStream.range(0, 100)
                                                    .mapToObj(i ->
                                                            request.argument().value()
                                                                    + request.context()
                                                                            .arguments()
                                                                            .get("x"))
                                                    .toList(),
                                            500,
                                            true)));
        }

        private static ReadResourceResult text(String uri, String text) {
            return ReadResourceResult.builder(
                            List.of(TextResourceContents.builder(uri, text).build()))
                    .build();
        }
    }

    @Test
    void servesPromptsResourcesTemplatesAndCompletions() {
        SdkPeer.with(
                peer -> {
                    assertThat(
                                    peer.ask("prompts/get", SdkPeer.tool("review", "{\"x\":\"y\"}"))
                                            .at("/result/messages")
                                            .toString())
                            .isEqualTo(
                                    "[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"Review {x=y}\"}}]");
                    assertThat(peer.ask("resources/list", "").at("/result/resources/0").toString())
                            .isEqualTo("{\"uri\":\"made://one\",\"name\":\"one\",\"size\":3}");
                    assertThat(
                                    peer.ask("resources/read", "\"uri\":\"made://one\"")
                                            .at("/result/contents")
                                            .toString())
                            .isEqualTo("[{\"uri\":\"made://one\",\"text\":\"one\"}]");
                    assertThat(
                                    peer.ask("resources/read", "\"uri\":\"made://many/7\"")
                                            .at("/result/contents/0/text")
                                            .asString())
                            .isEqualTo("many");
                    JsonNode completion =
                            peer.ask(
                                            "completion/complete",
                                            "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"review\"},\"argument\":{\"name\":\"a\",\"value\":\"v\"},\"context\":{\"arguments\":{\"x\":\"w\"}}")
                                    .at("/result/completion");
                    assertThat(completion.get("values").get(0).asString()).isEqualTo("vw");
                    assertThat(completion.get("total").asInt()).isEqualTo(500);
                    assertThat(completion.get("hasMore").asBoolean()).isTrue();
                },
                Others.class);
    }

    @Test
    void aResourceThatIsNotThereIsNotThereInTheTermsOfTheEra() {
        SdkPeer.with(
                peer -> {
                    String uri = "\"uri\":\"made://many/none\"";
                    assertThat(peer.ask("resources/read", uri).at("/error/code").asInt())
                            .isEqualTo(-32602);
                    peer.initialize();
                    assertThat(peer.askLegacy("resources/read", uri).at("/error/code").asInt())
                            .isEqualTo(-32002);
                },
                Others.class);
    }
}
