package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.HttpPeer;
import io.springline.testing.SocketPeer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Calls of an upstream's tools that need an approval, over WebSocket and HTTP. */
class ApprovedRelayIT {

    private static final String YES = "{\"action\":\"accept\",\"content\":{\"approve\":true}}";

    private static final AtomicInteger CALLS = new AtomicInteger();
    private static RelayedService service;

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
                            """
                            {"tools":[{"name":"drop","inputSchema":{"type":"object"},\
                            "annotations":{"destructiveHint":true,"idempotentHint":true}}]}\
                            """);
            case "tools/call" -> {
                CALLS.incrementAndGet();
                asked.result("{\"content\":[{\"type\":\"text\",\"text\":\"dropped\"}]}");
            }
            case "notifications/initialized", "notifications/cancelled" -> asked.status(202);
            default ->
                    asked.json(
                            200,
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}"
                                    .formatted(asked.body().get("id")));
        }
    }

    @BeforeAll
    static void start() throws Exception {
        TestHttpUpstream.Script script = ApprovedRelayIT::answer;
        service =
                new RelayedService(
                        Map.of("db", script),
                        "--springline.approval.rules[0].upstreams=db",
                        "--springline.approval.rules[0].destructive=true");
        service.awaitState("db", "up");
        for (String endpoint : new String[] {"", "/db"}) {
            try (var peer = service.legacy(endpoint)) {
                await().until(
                                () -> RelayedService.list(peer, "tools/list", "tools").toString(),
                                tools -> tools.contains("\"drop\""));
            }
        }
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @BeforeEach
    void reset() {
        CALLS.set(0);
    }

    private static JsonNode approved(String endpoint) throws Exception {
        int before = CALLS.get();
        try (SocketPeer peer = service.connect(endpoint)) {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            peer.send(HttpPeer.call(1, "drop", "{\"table\":\"a\"}"));
            JsonNode question = next(peer);
            assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
            assertThat(question.at("/params/message").asString())
                    .contains("Server: db", "\"table\": \"a\"");
            assertThat(CALLS).hasValue(before);
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                            .formatted(question.get("id"), YES));
            return next(peer);
        }
    }

    private static JsonNode next(SocketPeer peer) throws Exception {
        JsonNode next = peer.receive();
        while (!next.has("id")) {
            next = peer.receive();
        }
        return next;
    }

    @Test
    void asksAtEachEndpoint() throws Exception {
        assertThat(approved("").toString()).contains("dropped");
        assertThat(approved("/db").toString()).contains("dropped");
        assertThat(CALLS).hasValue(2);
    }

    @Test
    void asksAModernClientOverHttp() throws Exception {
        String call =
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"drop",\
                "arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                "io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}%s}}\
                """;
        try (var http = new HttpPeer(service.port(), "/mcp")) {
            var modern = http.modern("tools/call", "drop");
            JsonNode question = HttpPeer.json(modern.post(call.formatted("")).body());
            assertThat(question.at("/result/resultType").asString()).isEqualTo("input_required");
            String repeated =
                    call.formatted(
                            ",\"inputResponses\":{\"approval\":%s},\"requestState\":%s"
                                    .formatted(YES, question.at("/result/requestState")));
            assertThat(modern.post(repeated).body()).contains("dropped");
            assertThat(HttpPeer.json(modern.post(repeated).body()).at("/error/code").asInt())
                    .isEqualTo(-32602);
            assertThat(CALLS).hasValue(1);
        }
    }

    @Test
    void asksALegacyClientOverHttp() throws Exception {
        try (var http =
                        new HttpPeer(service.port(), "/mcp")
                                .initialize("2025-11-25", "{\"elicitation\":{}}");
                var events = http.open(HttpPeer.call(1, "drop", "{}"))) {
            JsonNode question = json(events);
            assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
            http.post(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                            .formatted(question.get("id"), YES));
            assertThat(json(events).toString()).contains("dropped");
            assertThat(CALLS).hasValue(1);
        }
    }

    private static JsonNode json(HttpPeer.Events events) throws Exception {
        while (true) {
            HttpPeer.Event event = events.next();
            assertThat(event).isNotNull();
            if (event.data() != null && event.json().has("id")) {
                return event.json();
            }
        }
    }
}
