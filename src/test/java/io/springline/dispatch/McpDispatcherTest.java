package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.Tool;
import io.springline.feature.ToolResult;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class McpDispatcherTest {

    @Configuration(proxyBeanMethods = false)
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
}
