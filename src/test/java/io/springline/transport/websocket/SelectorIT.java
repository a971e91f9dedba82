package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.Tool;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolResult;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What runs on the thread that reads from many clients, and what does not. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class SelectorIT {

    private static final InputRequest ROOTS =
            new InputRequest(InputRequest.Kind.ROOTS, JsonNodeFactory.instance.objectNode());

    private static final CountDownLatch RELEASED = new CountDownLatch(1);
    private static final CountDownLatch WAITING = new CountDownLatch(1);

    @TestConfiguration
    static class Tools {

        @Bean
        Tool thread() {
            return Tool.named("thread").nonBlocking().handler((_, _) -> current());
        }

        @Bean
        Tool ownThread() {
            return Tool.named("own_thread").handler((_, _) -> current());
        }

        private static ToolResult current() {
            Thread thread = Thread.currentThread();
            return ToolResult.text((thread.isVirtual() ? "virtual " : "") + thread.getName());
        }

        @Bean
        Tool waits() {
            return Tool.named("wait")
                    .handler((_, _) -> {
                        WAITING.countDown();
                        RELEASED.await();
                        return ToolResult.text("released");
                    });
        }

        @Bean
        Tool requires() {
            return Tool.named("requires")
                    .nonBlocking()
                    .handler((context, _) ->
                            context.answers().isEmpty()
                                    ? InputRequired.of("roots", ROOTS)
                                    : ToolResult.text("got them"));
        }

        @Bean
        Tool interrupts() {
            return Tool.named("interrupts")
                    .nonBlocking()
                    .handler((_, _) -> {
                        boolean before = Thread.interrupted();
                        Thread.currentThread().interrupt();
                        return ToolResult.text(before ? "interrupted before" : "clear");
                    });
        }

        @Bean
        Tool asks() {
            return Tool.named("asks")
                    .nonBlocking()
                    .handler((context, _) -> {
                        context.ask(ROOTS);
                        return ToolResult.text("asked");
                    });
        }
    }

    @LocalServerPort int port;

    private SocketPeer connect() throws Exception {
        SocketPeer peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
        peer.initialize("2025-11-25", "{\"roots\":{}}");
        return peer;
    }

    private static String call(int id, String tool, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":{}%s}}"
                .formatted(id, tool, params);
    }

    private static String text(McpPeer peer, String tool, String params) throws Exception {
        return peer.ask(call(1, tool, params)).at("/result/content/0/text").asString();
    }

    @Test
    void runsNonBlockingToolsOnTheSelector() throws Exception {
        SocketPeer peer = connect();
        awaitSelector(peer);
        peer.close();
    }

    @Test
    void runsOtherToolsOnVirtualThreads() throws Exception {
        SocketPeer peer = connect();
        assertThat(text(peer, "own_thread", "")).startsWith("virtual");
        awaitSelector(peer);
        assertThat(text(peer, "own_thread", "")).startsWith("virtual");
        peer.close();
    }

    @Test
    void runsCallsThatAreTasksOnVirtualThreads() throws Exception {
        SocketPeer peer = connect();
        String modern =
                "," + McpPeer.meta("{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}");
        assertThat(text(peer, "thread", modern)).startsWith("virtual");
        peer.close();
    }

    @Test
    void servesOtherClientsWhileToolsOfOneWait() throws Exception {
        SocketPeer waiting = connect();
        SocketPeer bystander = connect();
        for (int id = 1; id <= 40; id++) {
            waiting.send(call(id, "wait", ""));
        }
        WAITING.await();
        for (int each = 0; each < 50; each++) {
            assertThat(text(bystander, "own_thread", "")).startsWith("virtual");
            awaitSelector(bystander);
        }
        // also on the same connection, behind its calls
        waiting.send(call(41, "thread", ""));
        JsonNode first = waiting.receive();
        assertThat(first.path("id").asInt()).isEqualTo(41);
        RELEASED.countDown();
        assertThat(ids(waiting, 40)).hasSize(40);
        waiting.close();
        bystander.close();
    }

    @Test
    void answersEachOfManyMessagesThatArriveTogether() throws Exception {
        SocketPeer peer = connect();
        for (int id = 1; id <= 200; id++) {
            peer.send(call(id, id % 3 == 0 ? "own_thread" : "thread", ""));
        }
        assertThat(ids(peer, 200)).hasSize(200);
        peer.close();
    }

    @Test
    void failsANonBlockingToolThatAsksItsClient() throws Exception {
        SocketPeer peer = connect();
        await().until(() -> {
            JsonNode answer = peer.ask(call(1, "asks", ""));
            if (answer.has("method")) { // it has run on a virtual thread
                answer =
                        peer.ask(
                                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"roots\":[]}}"
                                        .formatted(answer.get("id")));
            }
            return answer.at("/result/isError").asBoolean();
        });
        awaitSelector(peer);
        peer.close();
    }

    /** A call that arrives while a virtual thread still reads runs there. */
    private static void awaitSelector(McpPeer peer) {
        await().until(() -> text(peer, "thread", "").startsWith("jetty-io-"));
    }

    @Test
    void asksTheClientOfANonBlockingToolWithoutWaitingForIt() throws Exception {
        SocketPeer asked = connect();
        SocketPeer bystander = connect();
        for (int each = 0; each < 20; each++) {
            JsonNode question = asked.ask(call(1, "requires", ""));
            assertThat(question.path("method").asString()).isEqualTo("roots/list");
            awaitSelector(bystander);
            awaitSelector(bystander);
            String answer =
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"roots\":[]}}"
                            .formatted(question.get("id"));
            assertThat(asked.ask(answer).at("/result/content/0/text").asString())
                    .isEqualTo("got them");
        }
        asked.close();
        bystander.close();
    }

    @Test
    void interruptsNoOtherCallOfTheSelector() throws Exception {
        SocketPeer peer = connect();
        for (int each = 0; each < 20; each++) {
            assertThat(text(peer, "interrupts", "")).isEqualTo("clear");
        }
        peer.close();
    }

    @Test
    void readsLargeFramesAndThenSelectsAgain() throws Exception {
        SocketPeer peer = connect();
        String large = "\"%s\"".formatted("x".repeat(300_000));
        for (int id = 1; id <= 20; id++) {
            peer.send(call(id, "thread", ",\"_meta\":{\"x\":" + large + "}"));
        }
        assertThat(ids(peer, 20)).hasSize(20);
        awaitSelector(peer);
        peer.close();
    }

    private static Set<Integer> ids(McpPeer peer, int count) throws Exception {
        var ids = new HashSet<Integer>();
        for (int each = 0; each < count; each++) {
            ids.add(peer.receive().path("id").asInt());
        }
        return ids;
    }
}
