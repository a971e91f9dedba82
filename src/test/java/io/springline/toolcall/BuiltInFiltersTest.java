package io.springline.toolcall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolCall;
import io.springline.feature.result.Content;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class BuiltInFiltersTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static ToolCall call(String definition) {
        var context =
                (RequestContext)
                        Proxy.newProxyInstance(
                                BuiltInFiltersTest.class.getClassLoader(),
                                new Class<?>[] {RequestContext.class},
                                (_, _, _) -> null);
        var tool =
                Tool.relayed(
                        (ObjectNode) JSON.readTree(definition),
                        (_, _) -> ToolResult.text(""),
                        List.of(),
                        "files");
        return new ToolCall(tool, context);
    }

    private static ToolResult redacted(ToolResult result) {
        return SecretRedaction.of(true, List.of("order-[0-9]+"))
                .after(call("{\"name\":\"t\"}"), result);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AKIAIOSFODNN7EXAMPLE",
                "ghp_0123456789abcdefghijABCDEFGHIJ012345",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
                "Bearer abcdefghijklmnop.qrs",
                "xoxb-1234567890-abc",
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----\nMIIEcut",
                "order-4711"
            })
    void redactsASecretInTextAndStructuredContent(String secret) {
        ToolResult result = ToolResult.text("a " + secret + " z");
        result.json().putObject("structuredContent").putArray("list").addObject().put("k", secret);
        assertThat(redacted(result).json().toString())
                .doesNotContain(secret.substring(6))
                .contains("a [redacted]", "\"k\":\"[redacted]\"");
    }

    @Test
    void keepsAResultWithoutSecretsAsItIs() {
        ToolResult result = ToolResult.structured(JSON.readTree("{\"a\":[1,\"b\",null]}"));
        assertThat(redacted(result)).isSameAs(result);
    }

    @Test
    void doesNotSearchTheDataOfAnImage() {
        var image = Content.image("x".getBytes(StandardCharsets.UTF_8), "image/png");
        image.put("data", "AKIAIOSFODNN7EXAMPLE");
        ToolResult result = ToolResult.content(List.of(image));
        assertThat(redacted(result)).isSameAs(result);
    }

    @Test
    void redactsErrors() {
        var error =
                new JsonRpcError(
                        -1, "order-1 failed", JSON.readTree("{\"why\":[\"order-2 is locked\"]}"));
        assertThat(
                        SecretRedaction.of(false, List.of("order-[0-9]+"))
                                .failed(call("{\"name\":\"t\"}"), error)
                                .toString())
                .doesNotContain("order-1", "order-2")
                .contains("[redacted] failed");
    }

    private static ToolResult cut(ToolResult result, String definition) {
        return new ResultSizeLimit(2000).after(call(definition), result);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "\u0001", "\uD83D\uDE00", "\uD800"})
    void cutsTextAndSaysSo(String character) {
        ToolResult result =
                ToolResult.content(
                        List.of(
                                Content.text("first"),
                                Content.text(character.repeat(3000)),
                                Content.text("last")));
        JsonNode json = cut(result, "{\"name\":\"t\"}").json();
        assertThat(json.toString().getBytes(StandardCharsets.UTF_8).length).isBetween(400, 2000);
        assertThat(json.path("content")).hasSize(3);
        assertThat(json.at("/content/0/text").asString()).isEqualTo("first");
        assertThat(json.at("/content/1/text").asString())
                .isSubstringOf(character.repeat(3000))
                .doesNotEndWith("\uD83D");
        assertThat(json.at("/content/2/text").asString())
                .startsWith("[Result cut: it has ")
                .contains("at most 2000 are sent (springline.filters.max-result-size)");
        assertThat(json.has("isError")).isFalse();
    }

    @Test
    void makesACutResultAnErrorIfTheToolPromisesStructuredContent() {
        ToolResult result =
                ToolResult.structured(JSON.readTree("[\"%s\"]".formatted("a".repeat(3000))));
        JsonNode json =
                cut(result, "{\"name\":\"t\",\"outputSchema\":{\"type\":\"object\"}}").json();
        assertThat(json.has("structuredContent")).isFalse();
        assertThat(json.path("isError").asBoolean()).isTrue();
    }

    @Test
    void leavesOutAnImageThatDoesNotFit() {
        ToolResult result = ToolResult.content(List.of(Content.image(new byte[3000], "image/png")));
        assertThat(cut(result, "{\"name\":\"t\"}").json().path("content")).hasSize(1);
    }

    @Test
    void rejectsSettingsThatCannotWork() {
        assertThatThrownBy(() -> new FilterProperties(false, List.of("ok", "(a"), null))
                .hasMessageContaining("springline.filters.redact-patterns[1]: '(a'");
        assertThatThrownBy(() -> new FilterProperties(false, List.of("a*"), null))
                .hasMessageContaining("matches an empty text");
        assertThatThrownBy(() -> new FilterProperties(false, List.of("(a{1000}){1000}"), null))
                .hasMessageContaining("redact-patterns[0]");
        assertThatThrownBy(() -> new FilterProperties(false, List.of(), DataSize.ofBytes(10)))
                .hasMessageContaining("springline.filters.max-result-size: must be at least");
    }

    @Test
    void isOffByDefaultAndOnBySettings() {
        String request =
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t",%s}}\
                """
                        .formatted(McpPeer.meta("{}"));
        var runner =
                CoreContext.runner()
                        .withBean(
                                Tool.class,
                                () ->
                                        Tool.named("t")
                                                .handler((_, _) ->
                                                        ToolResult.text(
                                                                "order-1 " + "x".repeat(2000))));
        runner.run(context -> {
            try (var peer = new InMemoryPeer(context)) {
                assertThat(peer.ask(request).toString()).contains("order-1 ", "x".repeat(2000));
            }
        });
        runner.withPropertyValues(
                        "springline.filters.redact-patterns=order-\\d+",
                        "springline.filters.max-result-size=1KB")
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        assertThat(peer.ask(request).at("/result/content").toString())
                                .contains("[redacted] xxx", "[Result cut")
                                .hasSizeLessThan(1024);
                    }
                });
    }
}
