package io.springline.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.InMemoryPeer;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class NotifyingToolsTest {

    @Test
    void logsToALegacyClientBeforeItAnswers() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            peer.send(Fixtures.legacyCall(1, "test_tool_with_logging", "{}"));
            for (String message :
                    List.of(
                            "Tool execution started",
                            "Tool processing data",
                            "Tool execution completed")) {
                JsonNode logged = peer.receive();
                assertThat(logged.path("method").asString()).isEqualTo("notifications/message");
                assertThat(logged.at("/params/level").asString()).isEqualTo("info");
                assertThat(logged.at("/params/data").asString()).isEqualTo(message);
            }
            assertThat(peer.receive().path("id").asInt()).isEqualTo(1);
        });
    }

    @Test
    void logsNothingToAModernClientThatSetNoLevel() {
        Fixtures.talk(peer ->
                assertThat(
                                peer.ask(Fixtures.modernCall(1, "test_logging_tool", ""))
                                        .path("id")
                                        .asInt())
                        .isEqualTo(1));
    }

    @Test
    void reportsProgressBeforeItAnswers() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            peer.send(
                    Fixtures.legacy(
                            1,
                            "tools/call",
                            "{\"name\":\"test_tool_with_progress\",\"_meta\":{\"progressToken\":7}}"));
            for (int progress : new int[] {0, 50, 100}) {
                assertThat(peer.receive().path("params").toString())
                        .isEqualTo(
                                "{\"progressToken\":7,\"progress\":%d,\"total\":100}"
                                        .formatted(progress));
            }
            assertThat(Fixtures.text(peer.receive())).isEqualTo("7");
        });
    }

    @Test
    void announcesChangesToOtherConnections() {
        Fixtures.runner()
                .run(context -> {
                    try (var caller = new InMemoryPeer(context);
                            var tools = new InMemoryPeer(context);
                            var prompts = new InMemoryPeer(context)) {
                        listen(tools, "toolsListChanged");
                        listen(prompts, "promptsListChanged");
                        caller.ask(Fixtures.modernCall(1, "test_trigger_tool_change", ""));
                        caller.ask(Fixtures.modernCall(2, "test_trigger_prompt_change", ""));
                        JsonNode change = tools.receive();
                        assertThat(change.path("method").asString())
                                .isEqualTo("notifications/tools/list_changed");
                        assertThat(
                                        change.path("params")
                                                .path("_meta")
                                                .path("io.modelcontextprotocol/subscriptionId")
                                                .asInt())
                                .isEqualTo(1);
                        // The tool change went before: had it come here too, it would be the first.
                        assertThat(prompts.receive().path("method").asString())
                                .isEqualTo("notifications/prompts/list_changed");
                    }
                });
    }

    private static void listen(InMemoryPeer peer, String what) throws InterruptedException {
        JsonNode acknowledged =
                peer.ask(
                        Fixtures.modern(
                                1,
                                "subscriptions/listen",
                                "{}",
                                "\"notifications\":{\"%s\":true}".formatted(what)));
        assertThat(acknowledged.path("method").asString())
                .isEqualTo("notifications/subscriptions/acknowledged");
    }
}
