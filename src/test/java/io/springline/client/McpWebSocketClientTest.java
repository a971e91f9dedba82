package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.springline.client.ScriptedServer.Peer;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The client against a server that follows a script: what goes over the wire, and when. */
class McpWebSocketClientTest extends ScriptedClientTests {

    @Test
    void opensAndCarriesMessagesBothWays() throws Exception {
        Peer peer = open();
        var answer = call("increment");
        JsonNode request = peer.receive();
        assertThat(request.path("method").asString()).isEqualTo("tools/call");
        peer.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"roots/list\"}");
        peer.result(request, "7");
        assertResult(answer, 7);
        assertThat(listener.message())
                .isEqualTo(new Request(new RequestId.Number(1), "roots/list"));
        client.send(new ResultResponse(new RequestId.Number(1), params("{\"roots\":[]}")));
        assertThat(peer.receive())
                .isEqualTo(params("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"roots\":[]}}"));
    }

    /** A program like the one in the README. */
    static final class OneConnection {
        public static void main(String[] args) throws Exception {
            try (var client = McpWebSocketClient.builder(URI.create(args[0])).build()) {
                client.connect();
            }
        }
    }

    @Test
    void aProgramThatHasClosedItsClientEnds() throws Exception {
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                OneConnection.class.getName(),
                                server.uri().toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            server.acceptOpen("a1");
            assertThat(program.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(program.exitValue()).isZero();
        } finally {
            program.destroyForcibly();
        }
    }

    @Test
    void asksForTheTokenAtEachConnectionAndNamesItNowhere() throws Exception {
        var asked = new AtomicInteger();
        client = builder().token(() -> "secret-" + asked.incrementAndGet()).build();
        client.start();
        Peer first = server.accept().upgrade();
        assertThat(first.header("Authorization")).isEqualTo("Bearer secret-1");
        first.answerOpen("a1");
        first.close();
        Peer second = server.accept();
        assertThat(second.header("Authorization")).isEqualTo("Bearer secret-2");
        assertThat(new ResumeGrant("secret", "e", 1).toString()).doesNotContain("secret");
    }

    @Test
    void aTokenThatNoHeaderCanCarryIsNotRepeated() {
        client = builder().token(() -> "secret\n").build();
        assertThatIOException()
                .isThrownBy(client::connect)
                .withMessageContaining("token")
                .withMessageNotContaining("secret");
        client =
                builder()
                        .token(() -> {
                            throw new IllegalStateException("secret");
                        })
                        .build();
        assertThatIOException().isThrownBy(client::connect).withMessageNotContaining("secret");
    }

    @Test
    void acknowledgesSoonAfterTheLastMessageAndAtAQuarterOfTheBuffer() throws Exception {
        Peer peer = open();
        peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/one\"}");
        assertThat(peer.receiveAny())
                .isEqualTo(
                        params(
                                "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":1}}"));
        String big = "x".repeat(1100);
        for (int i = 0; i < 3; i++) {
            peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/%s\"}".formatted(big));
            assertThat(peer.receiveAny().at("/params/received").asInt()).isEqualTo(2 + i);
        }
    }

    @Test
    void connectThrowsWhenThereIsNoServer() throws Exception {
        server.close();
        assertThatIOException().isThrownBy(client::connect).withMessageContaining("cannot connect");
        assertThat(client.state()).isInstanceOf(ClientState.Closed.class);
    }

    @Test
    void closeEndsTheSessionAndAnswersWhatIsWaiting() throws Exception {
        Peer peer = open();
        var call = call("one");
        peer.receive();
        var closing = Thread.ofVirtual().start(client::close);
        assertThat(peer.receiveClose()).isEqualTo(1000);
        peer.close(1000);
        assertThat(closing.join(Duration.ofSeconds(20))).isTrue();
        assertThat(answer(call)).isInstanceOf(ErrorResponse.class);
        assertThat(listener.state()).isEqualTo(new ClientState.Closed("closed by this client"));
    }

    @Test
    void whatWaitsIsBounded() {
        for (int i = 0; i < UnacknowledgedMessages.MAX_MESSAGES; i++) {
            client.notify("notifications/x", null);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> client.notify("notifications/x", null))
                .withMessageContaining("at most 1024 messages");
    }

    @Test
    void anIdInUseIsRefused() {
        var request = new Request(new RequestId.Number(1), "ping");
        client.send(request);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.send(request))
                .withMessageContaining("id 1");
    }

    @Test
    void largeMessagesGoBothWaysAndTooLargeOnesEndIt() throws Exception {
        client = builder().maxMessageSize(1 << 20).build();
        Peer peer = open();
        String big = "😀x".repeat(150_000);
        var call = client.request("x", JsonNodeFactory.instance.objectNode().put("big", big));
        JsonNode request = peer.receive();
        assertThat(request.at("/params/big").asString()).isEqualTo(big);
        peer.result(request, "\"%s\"".formatted(big));
        assertThat(((ResultResponse) answer(call)).result().asString()).isEqualTo(big);
        peer.send("\"%s\"".formatted("x".repeat(1 << 20)));
        assertThat(listener.await(ClientState.Closed.class).reason()).contains("more than 1048576");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1/", "ws:///mcp", "ws://user:secret@host/", "mcp"})
    void anImpossibleUrlIsRefusedWithoutRepeatingIt(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> McpWebSocketClient.builder(URI.create(url)).build())
                .withMessageContaining("URL")
                .withMessageNotContaining("secret");
    }
}
