package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import io.springline.client.ScriptedServer.Peer;
import io.springline.client.local.LocalServer;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/** The agent's end of an attached server. */
class AttachedChildTest extends ScriptedClientTests {

    /** How many messages a client keeps without acknowledgement. */
    private static final int LOGGED = 1_024;

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int FIRST = 1_000;
    private static final int REQUESTS = LOGGED + 10;

    /** Reads the request {@code stuck} only after it has written the answers to all others. */
    private static final class StuckServer implements LocalServer {

        private final Consumer<JsonRpcMessage> messages;
        private final BlockingQueue<RequestId> asked = new LinkedBlockingQueue<>();
        private final CountDownLatch written = new CountDownLatch(REQUESTS);
        private final Thread writer = Thread.ofVirtual().unstarted(this::answerAll);

        StuckServer(Consumer<JsonRpcMessage> messages) {
            this.messages = messages;
            writer.start();
        }

        @Override
        public void send(JsonRpcMessage message) {
            if (message instanceof Request(var id, var method, var ignored)) {
                if (method.equals("stuck")) {
                    assertThatNoException().isThrownBy(written::await);
                }
                asked.add(id);
            }
        }

        private void answerAll() {
            try {
                while (true) {
                    messages.accept(
                            new ResultResponse(
                                    asked.take(), JsonNodeFactory.instance.objectNode()));
                    written.countDown();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        long answers() {
            return REQUESTS - written.getCount();
        }

        @Override
        public void close() {
            writer.interrupt();
        }
    }

    private static void send(Peer peer, String id, String method) throws IOException {
        peer.send("{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\"}".formatted(id, method));
    }

    private interface Script {
        void run(AttachedChild child, Peer peer) throws Exception;
    }

    /** Runs a script when the server neither reads nor can write: its client's log is full. */
    private void stuck(Script script) throws Exception {
        var servers = new StuckServer[1];
        LocalServer.Launcher launcher = (messages, exit) -> servers[0] = new StuckServer(messages);
        try (var child = new AttachedChild(launcher, this::client, "hub")) {
            Peer peer = server.acceptOpen("a1");
            peer.ignorePings();
            for (int i = 0; i < REQUESTS; i++) {
                if (i == FIRST) {
                    await().atMost(PATIENCE).until(() -> servers[0].answers() == FIRST);
                }
                send(peer, String.valueOf(i), "m");
            }
            send(peer, "-1", "stuck");
            await().atMost(PATIENCE).until(() -> servers[0].answers() == LOGGED);
            peer.awaitAcknowledged(REQUESTS + 1);
            script.run(child, peer);
        }
    }

    private McpWebSocketClient client(ClientListener receiver) {
        return builder().heartbeat(LONG, LONG).listener(receiver).build();
    }

    @Test
    void resumesWhileItsServerReadsNothingUntilItCanWrite() throws Exception {
        stuck((child, peer) -> {
            peer.close();
            Peer again = server.acceptResume("a1", REQUESTS + 1, "a2", REQUESTS + 1);
            for (int i = 0; i < REQUESTS; i++) {
                assertThat(again.receive().path("id").asInt()).isEqualTo(i);
            }
            assertThat(again.receive().path("id").asInt()).isEqualTo(-1);
            child.stop();
        });
    }

    @Test
    void endsIfItIsRefusedWhileItsServerReadsNothing() throws Exception {
        stuck((child, peer) -> {
            peer.close(4409);
            assertThat(child.awaitEnd()).isInstanceOf(AttachedChild.End.Refused.class);
        });
    }
}
