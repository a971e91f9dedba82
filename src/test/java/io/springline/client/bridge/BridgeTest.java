package io.springline.client.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.client.McpWebSocketClient;
import io.springline.client.ScriptedServer;
import io.springline.client.ScriptedServer.Peer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The bridge between a host that the test plays and a server that follows a script. */
@Timeout(180)
class BridgeTest {

    private static final int MAX = 200;

    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private ScriptedServer server;
    private PipedOutputStream hostOut;
    private BufferedReader hostIn;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        hostOut = new PipedOutputStream();
        var bridgeIn = new PipedInputStream(hostOut, 1 << 16);
        var bridgeOut = new PipedOutputStream();
        hostIn =
                new BufferedReader(
                        new InputStreamReader(
                                new PipedInputStream(bridgeOut, 1 << 16), StandardCharsets.UTF_8));
        var settings =
                McpWebSocketClient.builder(server.uri())
                        .backoff(Duration.ofMillis(10), Duration.ofMillis(50));
        var bridge = new Bridge(settings, bridgeIn, bridgeOut, MAX);
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        exit.complete(bridge.run());
                    } catch (InterruptedException | RuntimeException e) {
                        exit.completeExceptionally(e);
                    }
                });
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        hostOut.close();
    }

    private void write(String text) throws IOException {
        hostOut.write(text.getBytes(StandardCharsets.UTF_8));
        hostOut.flush();
    }

    private JsonNode read() throws IOException {
        return ScriptedServer.JSON.readTree(hostIn.readLine());
    }

    private int exit() throws Exception {
        return exit.get(60, TimeUnit.SECONDS);
    }

    @Test
    void carriesLinesBothWaysAndEndsWithTheHostOnceNothingIsOwed() throws Exception {
        Peer peer = server.acceptOpen("a1");
        write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n\r\n");
        JsonNode request = peer.receive();
        hostOut.close();
        peer.result(request, "{\"é\":1}");
        assertThat(read()).hasToString("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"é\":1}}");
        assertThat(peer.receiveClose()).isEqualTo(1000);
        peer.close(1000);
        assertThat(exit()).isZero();
    }

    @Test
    void badLinesAreAnsweredAndTheNextOneIsServed() throws Exception {
        Peer peer = server.acceptOpen("a1");
        write("{oops\n");
        assertThat(read().at("/error/code").asInt()).isEqualTo(-32700);
        write("x".repeat(10 * MAX) + "\n");
        assertThat(read().at("/error/message").asString()).contains("longer than 200 bytes");
        write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
        assertThat(peer.receive().path("id").asInt()).isEqualTo(1);
        write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
        assertThat(read().at("/error/message").asString()).contains("id 1");
    }

    @Test
    void requestsWaitForAServerThatIsNotThereYet() throws Exception {
        write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
        server.accept().close();
        Peer peer = server.acceptOpen("a1");
        peer.result(peer.receive(), "{}");
        assertThat(read().path("id").asInt()).isEqualTo(1);
    }

    @Test
    void aTerminalFailureAnswersWhatIsOwedAndEndsWithOne() throws Exception {
        write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
        server.accept().refuse(401);
        JsonNode answer = read();
        assertThat(answer.path("id").asInt()).isEqualTo(1);
        assertThat(answer.at("/error/message").asString()).contains("HTTP status 401");
        assertThat(exit()).isEqualTo(1);
    }
}
