package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.session.Caller;
import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.ProcessorShares;
import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A client that has used up its share waits on all its connections, and by HTTP; others do not. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.requests.max-processors-per-principal=1",
            "springline.websocket.trusted-proxies=127.0.0.1",
            "springline.websocket.heartbeat.interval=500ms",
            "springline.websocket.heartbeat.timeout=" + ProcessorShareIT.TIMEOUT_SECONDS + "s"
        })
class ProcessorShareIT {

    static final int TIMEOUT_SECONDS = 4;

    private static final String HOSTILE = "10.0.0.66";
    private static final int CONNECTIONS = 10;
    private static final int MESSAGES = 20;

    @LocalServerPort int port;
    @Autowired ProcessorShares shares;
    @Autowired Connections connections;

    private SocketPeer connect(String address) {
        return SocketPeer.connect(
                "ws://127.0.0.1:" + port + "/mcp", Map.of("X-Forwarded-For", address), "mcp");
    }

    private static String echo(int id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{%s,\"name\":\"echo\",\"arguments\":{\"message\":\"m\"}}}"
                .formatted(id, McpPeer.meta("{}"));
    }

    private static void call(McpPeer peer, int calls) throws Exception {
        for (int id = 0; id < calls; id++) {
            assertThat(peer.ask(echo(id)).path("id").asInt(-1)).isEqualTo(id);
        }
    }

    private CompletableFuture<HttpResponse<String>> initialize(HttpClient http) {
        String initialize =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"n\",\"version\":\"1\"}}}";
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/mcp"))
                        .header("X-Forwarded-For", HOSTILE)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .POST(BodyPublishers.ofString(initialize))
                        .build();
        return http.sendAsync(request, BodyHandlers.ofString());
    }

    private List<String> heldBack() throws Exception {
        String health = Http.send(port, "GET", "/actuator/health").body();
        JsonNode names = McpPeer.JSON.readTree(health).at("/components/capacity/details/heldBack");
        return names.valueStream().map(JsonNode::asString).toList();
    }

    private long handling() {
        return connections.open().stream().filter(each -> each.end().isHandlingMessage()).count();
    }

    @Test
    void servesOtherClientsWhileOneUsesUpItsShare() throws Exception {
        ProcessorShare share = shares.of(Caller.ANONYMOUS.clientAt(HOSTILE));
        var release = new CountDownLatch(1);
        var busy = new CountDownLatch(1);
        List<SocketPeer> hostile = new ArrayList<>();
        try (var bystander = connect("10.0.0.1");
                var http = HttpClient.newHttpClient()) {
            call(bystander, 1);
            Thread.startVirtualThread(() ->
                    share.run(() -> {
                        busy.countDown();
                        awaitQuietly(release);
                        return true;
                    }));
            busy.await();
            for (int i = 0; i < CONNECTIONS; i++) {
                SocketPeer peer = connect(HOSTILE);
                hostile.add(peer);
                for (int id = 0; id < MESSAGES; id++) {
                    peer.send(echo(id));
                }
            }
            await().until(() -> handling() == CONNECTIONS);
            CompletableFuture<HttpResponse<String>> posted = initialize(http);

            call(bystander, 200);

            assertThat(heldBack()).contains("anonymous at " + HOSTILE);
            // The heartbeat would have closed them by now if it counted unread pongs as missing.
            await().until(() -> areOverdue(TIMEOUT_SECONDS + 1));
            call(bystander, 1);
            for (SocketPeer peer : hostile) {
                assertThat(peer.poll(0)).isNull();
                assertThat(peer.closeCode()).isNull();
            }
            assertThat(posted).isNotDone();
            release.countDown();
            assertThat(posted).succeedsWithin(Duration.ofMinutes(1));
            for (SocketPeer peer : hostile) {
                for (int i = 0; i < MESSAGES; i++) {
                    assertThat(peer.receive().has("result")).isTrue();
                }
            }
        } finally {
            release.countDown();
            hostile.forEach(SocketPeer::close);
        }
    }

    private boolean areOverdue(int seconds) {
        long timeout = TimeUnit.SECONDS.toNanos(seconds);
        return connections.open().stream()
                .filter(each -> each.end().isHandlingMessage())
                .allMatch(
                        each -> each.connection().life().isPongOverdue(System.nanoTime(), timeout));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
