package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.Tool;
import io.springline.feature.ToolResult;
import io.springline.jsonrpc.RequestId;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;

class McpDispatcherTest {

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {
        @Bean
        Tool echo() {
            return Tool.named("echo")
                    .description("Echoes")
                    .inputSchema(
                            """
                            {"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}\
                            """)
                    .handler((context, arguments) ->
                            ToolResult.text("Echo: " + arguments.get("message").stringValue()));
        }
    }

    @Test
    void servesBothErasOnOneConnection() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        assertThat(
                                        peer.initialize("2025-06-18", "{}")
                                                .at("/result/protocolVersion")
                                                .asString())
                                .isEqualTo("2025-06-18");
                        var legacy =
                                peer.ask(
                                        """
                                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"}}}\
                                        """);
                        assertThat(legacy.toString())
                                .isEqualTo(
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"Echo: hi\"}]}}");
                        var modern =
                                peer.ask(
                                        """
                                        {"jsonrpc":"2.0","id":"1","method":"tools/call","params":{%s,"name":"echo","arguments":{"message":"hi"}}}\
                                        """
                                                .formatted(McpPeer.meta("{}")));
                        assertThat(modern.at("/result/resultType").asString())
                                .isEqualTo("complete");
                        assertThat(modern.get("id").isString()).isTrue();
                    }
                });
    }

    @Test
    void endsSubscriptionsWithTheirResultWhenTheServerStops() {
        CoreContext.runner()
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.ask(
                                """
                                {"jsonrpc":"2.0","id":"7","method":"subscriptions/listen","params":{%s,"notifications":{}}}\
                                """
                                        .formatted(McpPeer.meta("{}")));
                        context.getBean(McpDispatcher.class).endSubscriptions(peer.session());
                        var end = peer.receive();
                        assertThat(end.path("id").stringValue()).isEqualTo("7");
                        assertThat(end.at("/result/resultType").stringValue())
                                .isEqualTo("complete");
                        assertThat(
                                        end.path("result")
                                                .path("_meta")
                                                .path(MetaKeys.SUBSCRIPTION_ID)
                                                .stringValue())
                                .isEqualTo("7");
                        assertThat(peer.session().inFlight().all()).isEmpty();
                        assertThat(peer.poll(25)).isNull();
                    }
                });
    }

    private static String echo(int id) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"echo","arguments":{"message":"hi"}}}\
        """
                .formatted(id, McpPeer.meta("{}"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStoppingServerSaysThatItHasNotRunARequest(boolean sessionsGoOn) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var plain = new InMemoryPeer(context)) {
                        context.getBean(Dispatchers.class).stopAccepting(sessionsGoOn);
                        var error = plain.ask(echo(1)).path("error");
                        assertThat(error.path("code").asInt()).isEqualTo(-32603);
                        assertThat(error.path("data").toString())
                                .isEqualTo("{\"reason\":\"draining\",\"outcome\":\"not-run\"}");
                    }
                });
    }

    @Test
    void aRequestOfASessionThatGoesOnElsewhereIsLeftAndOneAnsweredBeforeIsAnsweredAgain() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
                        var answer = peer.ask(echo(1));
                        context.getBean(Dispatchers.class).stopAccepting(true);
                        peer.send(echo(2));
                        assertThat(peer.ask(echo(1))).isEqualTo(answer);
                        assertThat(peer.session().resumable().hasSeen(new RequestId.Number(2)))
                                .isFalse();
                    }
                });
    }
}
