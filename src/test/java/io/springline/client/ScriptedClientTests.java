package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.client.ScriptedServer.Peer;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

/** A client, a server that follows a script, and what tests of the two do all the time. */
@Timeout(180)
abstract class ScriptedClientTests {

    final RecordingListener listener = new RecordingListener();
    ScriptedServer server;
    McpWebSocketClient client;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        client = builder().build();
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        client.close();
    }

    McpWebSocketClient.Builder builder() {
        return McpWebSocketClient.builder(server.uri())
                .listener(listener)
                .backoff(Duration.ofMillis(10), Duration.ofMillis(50));
    }

    /** The server's end of the first connection. */
    Peer open() throws Exception {
        client.start();
        Peer peer = server.acceptOpen("a1");
        assertThat(listener.state()).isEqualTo(new ClientState.Open(1, true));
        return peer;
    }

    static ObjectNode params(String json) {
        return (ObjectNode) ScriptedServer.JSON.readTree(json);
    }

    CompletableFuture<Response> call(String tool) {
        return client.request("tools/call", params("{\"name\":\"%s\"}".formatted(tool)));
    }

    static Response answer(Future<Response> answer) throws Exception {
        return answer.get(60, TimeUnit.SECONDS);
    }

    static void assertResult(Future<Response> answer, int value) throws Exception {
        assertThat(answer(answer))
                .isInstanceOfSatisfying(
                        ResultResponse.class,
                        result -> assertThat(result.result().asInt()).isEqualTo(value));
    }
}
