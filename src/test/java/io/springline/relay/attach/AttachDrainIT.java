package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.Upstreams;
import io.springline.testing.SocketPeer;
import io.springline.transport.drain.GracefulDrain;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A drain with attached servers. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.attach.enabled=true",
            "springline.attach.connection-rate-per-token=1000/s"
        })
@DirtiesContext
class AttachDrainIT {

    @LocalServerPort int port;

    @Autowired Upstreams upstreams;

    @Autowired AttachedServers servers;

    @Autowired GracefulDrain drain;

    private String uri(String name) {
        return "ws://127.0.0.1:%d/mcp/attach?name=%s".formatted(port, name);
    }

    private boolean isUp(String name) {
        return upstreams.all().stream()
                .anyMatch(each ->
                        each.name().equals(name) && each.state().equals("up") && each.tools() == 1);
    }

    @Test
    void closesIdleServersInBatchesAndOthersAfterTheirRunningCallIsAnswered() throws Exception {
        try (var busy = new TestAgent(uri("busy"), "busy", "work", call -> null);
                var first = TestAgent.echo(uri("first"), "idle", "rest");
                var second = TestAgent.echo(uri("second"), "idle", "rest");
                var idle = TestAgent.echo(uri("idle"), "idle", "rest");
                var client = SocketPeer.connect("ws://127.0.0.1:%d/mcp/busy".formatted(port))) {
            await().atMost(60, TimeUnit.SECONDS)
                    .until(() -> isUp("busy") && isUp("first") && isUp("second") && isUp("idle"));
            client.initialize("2025-11-25", "{}");
            client.send(
                    """
                    {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"work","arguments":{}}}
                    """);
            JsonNode call = busy.call();
            assertThat(servers.closeIdle(2)).as("one batch").isEqualTo(2);
            await().atMost(60, TimeUnit.SECONDS).until(() -> servers.connections() == 2);
            drain.begin();
            for (TestAgent each : List.of(first, second)) {
                assertThat(each.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1012);
            }
            assertThat(idle.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1012);
            ObjectNode result = JsonNodeFactory.instance.objectNode();
            result.putArray("content").addObject().put("type", "text").put("text", "done");
            busy.answer(call.get("id"), result);
            JsonNode answer = client.receive();
            while (answer.has("method")) {
                answer = client.receive();
            }
            assertThat(answer.at("/result/content/0/text").asString("")).isEqualTo("done");
            assertThat(busy.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1012);
        }
    }
}
