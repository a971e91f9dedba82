package io.springline.transport.http;

import static io.springline.testing.HttpPeer.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.mcp.CloseReason;
import io.springline.session.Broadcast;
import io.springline.session.Outbound;
import io.springline.testing.HttpPeer;
import io.springline.testing.RawHttpStream;
import io.springline.transport.TransportStatistics;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.node.JsonNodeFactory;

/** Acceptance test 20: very many event streams that have nothing to send. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.websocket.max-connections=20000",
            "springline.websocket.max-connections-per-address=20000",
            "springline.websocket.max-connections-per-principal=20000",
            "springline.websocket.connection-rate-per-address=100000/s",
            "springline.requests.rate=100000/s",
            "springline.http.max-sessions=20000",
            "springline.http.max-sessions-per-address=20000",
            "springline.http.keep-alive=5s",
            "springline.websocket.outbound-buffer-size=256KB",
            "springline.websocket.write-timeout=1s"
        })
@Timeout(300)
class IdleStreamsIT {

    private static final long MOST_BYTES = 20 * 1024;

    @LocalServerPort int port;
    @Autowired Features features;
    @Autowired LegacySessions sessions;
    @Autowired TransportStatistics statistics;

    @Test
    void keepsIdleStreamsInLittleMemory() throws Exception {
        keepsIdleStreams(500);
    }

    @Test
    @Tag("chaos")
    void keepsFiveThousandIdleStreamsInLittleMemory() throws Exception {
        keepsIdleStreams(5_000);
    }

    /** Both ends of a connection are in this process, so that this is more than the server's. */
    private void keepsIdleStreams(int count) throws Exception {
        var ids = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            ids.add(RawHttpStream.initialize(port));
        }
        var streams = new ArrayList<RawHttpStream>();
        try {
            streams.add(RawHttpStream.get(port, ids.getFirst()));
            long before = heap();
            for (String id : ids.subList(1, ids.size())) {
                streams.add(RawHttpStream.get(port, id));
            }
            await().until(() -> openStreams() == count);
            long perStream = (heap() - before) / (count - 1);
            System.out.printf("an idle GET stream: %d bytes of heap%n", perStream);
            assertThat(perStream).isLessThan(MOST_BYTES);

            features.tools()
                    .add(
                            List.of(
                                    Tool.named("new" + count)
                                            .handler((_, _) -> ToolResult.text("x"))));
            for (RawHttpStream each : streams) {
                each.awaitText("notifications/tools/list_changed");
            }
        } finally {
            streams.forEach(RawHttpStream::close);
        }
        await().until(() -> openStreams() == 0);
    }

    @Test
    void endsTheStreamOfAClientThatNeverReadsAndDisturbsNobody() throws Exception {
        long slowBefore = statistics.closedBy(CloseReason.SLOW_CONSUMER);
        try (var slow = RawHttpStream.get(port, RawHttpStream.initialize(port), 4096);
                var other = new HttpPeer(port, "/mcp").initialize("2025-11-25", "{}");
                var events = other.get()) {
            LegacySession session =
                    sessions.all().stream()
                            .filter(each -> !each.id().equals(other.header("Mcp-Session-Id")))
                            .filter(LegacySession::isInUse)
                            .findFirst()
                            .orElseThrow();
            var params = JsonNodeFactory.instance.objectNode().put("data", "x".repeat(64 * 1024));
            var large =
                    new Broadcast(
                            new Notification("notifications/message", params),
                            Outbound.Kind.LOG,
                            null);
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        large.sendTo(session.session());
                        assertThat(session.streams().queuedBytes()).isLessThan(1024 * 1024);
                        assertThat(other.post(call(1, "echo", "{\"message\":\"x\"}")).statusCode())
                                .isEqualTo(200);
                        return session.streams().count() == 0;
                    });
            assertThat(statistics.closedBy(CloseReason.SLOW_CONSUMER)).isEqualTo(slowBefore + 1);
            features.tools()
                    .add(List.of(Tool.named("other").handler((_, _) -> ToolResult.text("x"))));
            assertThat(Objects.requireNonNull(events.nextMessage()).data())
                    .contains("list_changed");
            assertThat(slow).isNotNull();
        }
    }

    private int openStreams() {
        return sessions.all().stream().mapToInt(each -> each.streams().count()).sum();
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
