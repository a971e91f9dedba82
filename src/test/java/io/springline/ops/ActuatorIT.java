package io.springline.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.OpenTelemetry;
import io.springline.config.UnknownKeysCheck;
import io.springline.dispatch.call.RequestTracer;
import io.springline.relay.upstream.UpstreamTracer;
import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.micrometer.metrics.test.autoconfigure.AutoConfigureMetrics;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;

/** Without credentials, as the service starts by default. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureMetrics
class ActuatorIT {

    @LocalServerPort int port;

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + port + "/actuator" + path))
                                .header("Content-Type", "application/json")
                                .method(
                                        method,
                                        body == null
                                                ? BodyPublishers.noBody()
                                                : BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        return McpPeer.JSON.readTree(send("GET", path, null).body());
    }

    private SocketPeer connect() {
        return SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
    }

    @Test
    void healthTellsTheFiveCounters() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-06-18", "{}");
            peer.ask("{}");
            JsonNode details = get("/health").at("/components/mcp/details");
            assertThat(details.propertyNames())
                    .containsExactlyInAnyOrder(
                            "messagesReceived",
                            "messagesSent",
                            "errors",
                            "activeConnections",
                            "totalConnections");
            assertThat(details.get("activeConnections").asInt()).isEqualTo(1);
            assertThat(details.get("messagesReceived").asInt()).isGreaterThanOrEqualTo(3);
            assertThat(details.get("errors").asInt()).isPositive();
        }
        assertThat(get("/health/liveness").get("status").asString()).isEqualTo("UP");
        assertThat(get("/health/readiness").get("status").asString()).isEqualTo("UP");
        await().until(() -> get("/connections").get("connections").isEmpty());
    }

    @Test
    void listsAndClosesHttpSessions() throws Exception {
        try (var peer = new HttpPeer(port, "/mcp").initialize("2025-11-25", "{}");
                var events = peer.get()) {
            await().until(() -> get("/connections").at("/connections/0/streams").asInt() == 1);
            JsonNode session = get("/connections").at("/connections/0");
            assertThat(session.path("transport").asString()).isEqualTo("http");
            assertThat(session.path("protocolVersion").asString()).isEqualTo("2025-11-25");
            assertThat(session.path("principal").asString()).isEqualTo("anonymous");
            assertThat(session.path("remoteAddress").asString()).startsWith("127.0.0.1");
            assertThat(session.path("connectedAt").asString()).isNotEmpty();
            assertThat(session.path("messagesReceived").asInt()).isEqualTo(2);
            assertThat(session.path("inFlight").asInt()).isZero();
            String id = session.path("id").asString();
            assertThat(get("/connections/" + id).path("id").asString()).isEqualTo(id);
            assertThat(send("DELETE", "/connections/" + id, null).statusCode()).isEqualTo(204);
            assertThat(events.rest()).isEmpty();
            assertThat(
                            peer.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                                    .statusCode())
                    .isEqualTo(404);
            assertThat(get("/connections").get("connections").isEmpty()).isTrue();
        }
    }

    @Test
    void listsAndClosesHttpRequestsWithoutASession() throws Exception {
        String listen =
                """
                {"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
                """
                        .formatted(HttpPeer.MODERN);
        try (var peer = new HttpPeer(port, "/mcp").modern("subscriptions/listen", null);
                var events = peer.open(listen)) {
            await().until(() -> get("/connections").get("connections").size() == 1);
            JsonNode request = get("/connections").at("/connections/0");
            assertThat(request.path("transport").asString()).isEqualTo("http");
            assertThat(request.path("protocolVersion").asString()).isEqualTo("2026-07-28");
            String id = request.path("id").asString();
            assertThat(send("DELETE", "/connections/" + id, null).statusCode()).isEqualTo(204);
            events.rest();
            await().until(() -> get("/connections").get("connections").isEmpty());
        }
    }

    @Test
    void anOperatorSeesNotifiesAndEndsConnections() throws Exception {
        try (var first = connect();
                var second = connect()) {
            first.initialize("2025-06-18", "{}");
            second.ask(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                            .formatted(McpPeer.meta("{}")));
            JsonNode list = get("/connections").get("connections");
            assertThat(list).hasSize(2);
            JsonNode legacy =
                    list.valueStream()
                            .filter(each -> each.get("era").asString().equals("legacy"))
                            .findFirst()
                            .orElseThrow();
            assertThat(legacy.propertyNames())
                    .contains(
                            "id",
                            "principal",
                            "remoteAddress",
                            "client",
                            "protocolVersion",
                            "subprotocol",
                            "connectedAt",
                            "lastMessageAt",
                            "messagesReceived",
                            "messagesSent",
                            "inFlight",
                            "queuedBytes",
                            "rttMillis",
                            "session");
            assertThat(legacy.at("/client/name").asString()).isEqualTo("test");
            assertThat(legacy.get("protocolVersion").asString()).isEqualTo("2025-06-18");
            String id = legacy.get("id").asString();
            assertThat(get("/connections/" + id)).isEqualTo(get("/connections/" + id));
            assertThat(send("GET", "/connections/nobody", null).statusCode()).isEqualTo(404);

            String notification =
                    """
                    {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"a":[1]}}}\
                    """;
            assertThat(send("POST", "/connections/" + id, notification).statusCode())
                    .isEqualTo(200);
            assertThat(first.receive()).isEqualTo(McpPeer.JSON.readTree(notification));
            assertThat(send("POST", "/connections", notification).body()).contains("\"sent\":2");
            assertThat(first.receive().get("method").asString()).isEqualTo("notifications/message");
            assertThat(second.receive().get("method").asString())
                    .isEqualTo("notifications/message");
            assertThat(send("POST", "/connections", "{\"method\":\"tools/call\"}").statusCode())
                    .isEqualTo(400);

            assertThat(send("DELETE", "/connections/" + id, null).statusCode()).isEqualTo(204);
            assertThat(first.awaitClose()).isEqualTo(1008);
            assertThat(send("DELETE", "/connections/" + id, null).statusCode()).isEqualTo(404);
        }
        await().until(() -> get("/connections").get("connections").isEmpty());
    }

    @Test
    void metersAreExportedWithBoundedTags() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-06-18", "{}");
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"made/up\"}");
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}");
            await().untilAsserted(() ->
                    assertThat(send("GET", "/prometheus", null).body())
                            .contains(
                                    "springline_connections_active 1.0",
                                    "springline_connections_rejected_total{reason=\"origin\"}",
                                    "springline_connections_closed_total{reason=\"heartbeat_timeout\"}",
                                    "springline_messages_total{direction=\"received\"}",
                                    "springline_requests_seconds_count{era=\"legacy\",method=\"tools/list\",outcome=\"result\",transport=\"websocket\"} 1",
                                    "springline_heartbeat_rtt_seconds_count",
                                    "springline_outbound_buffered_bytes",
                                    "springline_outbound_dropped_total{kind=\"progress\"}",
                                    "springline_sessions_open")
                            .doesNotContain("made/up"));
        }
        await().until(() -> get("/connections").get("connections").isEmpty());
    }

    /** Each would warn of the same property. */
    @Test
    void unknownPropertiesAreCheckedOnce(@Autowired ApplicationContext context) {
        assertThat(context.getBeanNamesForType(UnknownKeysCheck.class)).hasSize(1);
    }

    @Test
    void nothingOfTracingIsThereUnlessItIsAskedFor(@Autowired ApplicationContext context) {
        assertThat(context.getBeanNamesForType(RequestTracer.class)).isEmpty();
        assertThat(context.getBeanNamesForType(UpstreamTracer.class)).isEmpty();
        assertThat(context.getBeanNamesForType(Tracer.class)).isEmpty();
        assertThat(context.getBeanNamesForType(OpenTelemetry.class)).isEmpty();
    }

    @Test
    void builtInToolsTellOfTheServer() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-06-18", "{}");
            for (String tool : new String[] {"system_info", "system_health", "system_metrics"}) {
                JsonNode answer =
                        peer.ask(
                                """
                                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s"}}\
                                """
                                        .formatted(tool));
                assertThat(answer.at("/result/structuredContent").isObject()).isTrue();
                assertThat(answer.at("/result/isError").asBoolean(false)).isFalse();
            }
        }
        await().until(() -> get("/connections").get("connections").isEmpty());
    }

    /** With nobody asked who he is, each page in the user's browser could. */
    @Test
    void aPageOfAnotherSiteCannotDrainTheServer() throws Exception {
        var foreign = Http.send(port, "POST", "/actuator/drain", "Origin", "https://evil.example");
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(get("/drain").get("state").asString()).isEqualTo("serving");
        assertThat(get("/health").at("/components/capacity/details/drain").asString())
                .isEqualTo("serving");
    }
}
