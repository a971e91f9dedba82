package io.springline.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.cluster.Cluster;
import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** From an address through its session to each call, over a resume and a move to another node. */
@ExtendWith(OutputCaptureExtension.class)
class AuditedMoveIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    @AfterAll
    static void off() {
        LoggingSystem.get(AuditedMoveIT.class.getClassLoader())
                .setLogLevel(AuditLog.NAME, LogLevel.OFF);
    }

    private static ConfigurableApplicationContext node() {
        var arguments = new ArrayList<>(REDIS.arguments());
        arguments.add("--server.port=0");
        arguments.add("--logging.level.io.springline.audit=info");
        return new SpringApplicationBuilder(SpringlineApplication.class)
                .run(arguments.toArray(String[]::new));
    }

    private static SocketPeer connect(ConfigurableApplicationContext node) {
        return SocketPeer.connect(
                "ws://127.0.0.1:%s/mcp"
                        .formatted(node.getEnvironment().getProperty("local.server.port")));
    }

    private static List<JsonNode> lines(CapturedOutput output, String event) {
        return output.getOut()
                .lines()
                .filter(line -> line.startsWith("{") && line.contains(AuditLog.NAME))
                .map(McpPeer.JSON::readTree)
                .filter(line -> line.path("event").asString("").equals(event))
                .toList();
    }

    private static JsonNode resume(McpPeer peer, JsonNode grant, int received) throws Exception {
        return peer.ask(
                        """
                        {"jsonrpc":"2.0","id":"r","method":"springline/resume","params":{"token":"%s","epoch":"%s","received":%d}}\
                        """
                                .formatted(
                                        grant.get("token").asString(),
                                        grant.get("epoch").asString(),
                                        received))
                .get("result");
    }

    private static void call(McpPeer peer, int id) {
        peer.send(
                """
                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"echo","arguments":{"message":"m"}}}\
                """
                        .formatted(id, McpPeer.meta("{}")));
    }

    private static boolean hasJoined(ConfigurableApplicationContext node) {
        return node.getBean(Cluster.class).state().equals("joined");
    }

    private static List<String> ids(List<JsonNode> lines, String member) {
        return lines.stream().map(line -> line.path(member).asString()).toList();
    }

    @Test
    void joinsEachCallToItsConnectionAndItsSession(CapturedOutput output) throws Exception {
        JsonNode grant;
        try (var a = node();
                var b = node()) {
            await().until(() -> hasJoined(a) && hasJoined(b));
            try (var first = connect(a)) {
                grant =
                        first.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}")
                                .get("result");
                call(first, 1);
                first.receive();
                first.cut();
            }
            try (var second = connect(a)) {
                grant = resume(second, grant, 1);
                assertThat(grant).isNotNull();
                call(second, 2);
                second.receive();
                second.cut();
            }
            try (var third = connect(b)) {
                assertThat(resume(third, grant, 2)).isNotNull();
                call(third, 3);
                await().until(() -> lines(output, "request").size() == 3);
            }
            try (var guesser = connect(b)) {
                resume(guesser, grant, 0);
                await().until(() -> !lines(output, "session.refused").isEmpty());
            }
        }
        List<JsonNode> requests = lines(output, "request");
        List<String> opened = ids(lines(output, "connection.opened"), "connection");
        assertThat(opened).hasSize(4).doesNotHaveDuplicates();
        assertThat(ids(requests, "connection")).isEqualTo(opened.subList(0, 3));
        List<JsonNode> begun = lines(output, "session.opened");
        List<JsonNode> resumed = lines(output, "session.resumed");
        assertThat(begun).hasSize(1);
        assertThat(ids(begun, "connection")).containsExactly(opened.get(0));
        assertThat(ids(resumed, "connection")).containsExactly(opened.get(1), opened.get(2));
        assertThat(resumed)
                .extracting(line -> line.path("moved").asBoolean())
                .containsExactly(false, true);
        assertThat(ids(requests, "session")).containsOnly(ids(begun, "session").getFirst());
        assertThat(ids(resumed, "session")).containsOnly(ids(begun, "session").getFirst());
        JsonNode refused = lines(output, "session.refused").getFirst();
        assertThat(refused.path("connection").asString()).isEqualTo(opened.get(3));
        assertThat(refused.path("reason").asString()).isEqualTo("unknown");
        assertThat(output.getOut()).doesNotContain(grant.get("token").asString());
    }
}
