package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Filters see the calls of upstreams' tools, at the main endpoint and at the upstream's own. */
class FilteredRelayIT {

    private static void answer(TestHttpUpstream.Asked asked) throws Exception {
        if (!asked.verb().equals("POST")) {
            asked.status(405);
            return;
        }
        switch (asked.method()) {
            case "initialize" ->
                    asked.result(
                            """
                            {"protocolVersion":"2025-06-18","serverInfo":{"name":"t","version":"1"},\
                            "capabilities":{"tools":{}}}\
                            """);
            case "tools/list" ->
                    asked.result(
                            "{\"tools\":[{\"name\":\"look\",\"inputSchema\":{\"type\":\"object\"}}]}");
            case "tools/call" -> {
                if (asked.body().at("/params/arguments/fail").asBoolean(false)) {
                    asked.json(
                            200,
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-7,\"message\":\"no order-7\"}}"
                                    .formatted(asked.body().get("id")));
                } else {
                    asked.result("{\"content\":[{\"type\":\"text\",\"text\":\"my order-7\"}]}");
                }
            }
            case "notifications/initialized" -> asked.status(202);
            default ->
                    asked.json(
                            200,
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}"
                                    .formatted(asked.body().get("id")));
        }
    }

    @Test
    void redactsResultsAndErrorsOfUpstreams() throws Exception {
        TestHttpUpstream.Script script = FilteredRelayIT::answer;
        try (var service =
                new RelayedService(
                        Map.of("shop", script), "--springline.filters.redact-patterns=order-\\d")) {
            service.awaitState("shop", "up");
            for (String endpoint : new String[] {"", "/shop"}) {
                try (var peer = service.legacy(endpoint)) {
                    await().until(
                                    () -> RelayedService.call(peer, "look", "{}").toString(),
                                    answer -> answer.contains("my [redacted]"));
                    assertThat(RelayedService.call(peer, "look", "{\"fail\":true}").toString())
                            .contains("no [redacted]");
                }
            }
        }
    }
}
