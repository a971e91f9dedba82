package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import io.springline.testing.RunningJar;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * How a full node empties: {@code ./mvnw -Pbench verify -Dit.test=DrainBench}. Connections at rest
 * and busy ones, then SIGTERM: how long until the process has ended, and how many connections are
 * closed in the fullest second. {@code bench.connections} and {@code bench.rate} say how many.
 */
class DrainBench {

    private static final int CONNECTIONS = Integer.getInteger("bench.connections", 2_000);
    private static final int BUSY = CONNECTIONS / 4;
    private static final int RATE = Integer.getInteger("bench.rate", 500);
    private static final long SECOND = 1_000_000_000;

    private record Drained(double seconds, int answered, List<Long> closings, List<Integer> codes) {

        /** In any second, wherever it begins. */
        int mostInASecond() {
            int most = 0;
            for (int from = 0, to = 0; to < closings.size(); to++) {
                while (closings.get(to) - closings.get(from) >= SECOND) {
                    from++;
                }
                most = Math.max(most, to - from + 1);
            }
            return most;
        }

        String row(String what) {
            long spread = closings.getLast() - closings.getFirst();
            return "| %s | %.1f s | %.1f s | %d | %d | %d |%n"
                    .formatted(
                            what,
                            seconds,
                            (double) spread / SECOND,
                            mostInASecond(),
                            answered,
                            codes.stream().filter(code -> code == 1012).count());
        }
    }

    @Test
    void aNodeEmpties() throws Exception {
        Drained brief = drain(4_000);
        Drained endless = drain(120_000);
        String report =
                """
                | %d connections, %d of them busy; ceiling %d/s | SIGTERM to exit | first to last close | most closed in a second | answered | closed 1012 |
                |---|---:|---:|---:|---:|---:|
                """
                                .formatted(CONNECTIONS, BUSY, RATE)
                        + brief.row("their calls take 4 s")
                        + endless.row("their calls take longer than the timeout");
        System.out.println(report);
        Files.createDirectories(Path.of("target", "bench"));
        Files.writeString(Path.of("target", "bench", "drain.md"), report);
        assertThat(brief.answered()).isEqualTo(BUSY);
        assertThat(brief.mostInASecond()).isLessThanOrEqualTo(RATE);
    }

    private static Drained drain(int millis) throws Exception {
        try (var server =
                        new RunningJar(
                                        "--spring.profiles.active=conformance",
                                        "--springline.websocket.connection-rate-per-address=1000000/s",
                                        "--springline.websocket.max-connections-per-address=100000",
                                        "--springline.drain.close-rate=" + RATE + "/s",
                                        "--springline.drain.delay=1s")
                                .ready();
                var http = HttpClient.newHttpClient()) {
            var clients = new ArrayList<Client>();
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(new Client(http, server.uri()));
            }
            for (Client client : clients.subList(0, BUSY)) {
                client.send(call(1, "sleep", "{\"ms\":%d}".formatted(millis)));
                client.send(call(2, "echo", "{\"message\":\"accepted\"}"));
            }
            for (Client client : clients.subList(0, BUSY)) {
                assertThat(client.accepted.await(30, TimeUnit.SECONDS)).isTrue();
            }
            long start = System.nanoTime();
            server.terminate();
            assertThat(server.awaitExit(Duration.ofMinutes(2))).as(server.log()).isTrue();
            double seconds = (double) (System.nanoTime() - start) / SECOND;
            var closings = new ArrayList<Long>();
            var codes = new ArrayList<Integer>();
            int answered = 0;
            for (Client client : clients) {
                closings.add(client.closedAt.get(10, TimeUnit.SECONDS));
                codes.add(client.code);
                answered += client.slept ? 1 : 0;
            }
            closings.sort(null);
            return new Drained(seconds, answered, closings, codes);
        }
    }

    private static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s","arguments":%s}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, arguments);
    }

    private static final class Client implements WebSocket.Listener {

        private final WebSocket socket;
        private final CountDownLatch accepted = new CountDownLatch(1);
        private final CompletableFuture<Long> closedAt = new CompletableFuture<>();
        private volatile int code;
        private volatile boolean slept;

        Client(HttpClient http, String uri) {
            socket = http.newWebSocketBuilder().buildAsync(URI.create(uri), this).join();
        }

        void send(String json) {
            socket.sendText(json, true).join();
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            String text = data.toString();
            if (text.contains("accepted")) {
                accepted.countDown();
            }
            slept |= text.contains("slept ");
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            code = status;
            closedAt.complete(System.nanoTime());
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closedAt.complete(System.nanoTime());
        }
    }
}
