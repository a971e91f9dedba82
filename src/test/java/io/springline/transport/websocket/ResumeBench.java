package io.springline.transport.websocket;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * How long a client waits after a cut: {@code ./mvnw -Pbench verify -Dit.test=ResumeBench}. From
 * the TCP connect to the first replayed message, beside a new connection with {@code initialize};
 * both take turns. {@code bench.resumes} says how often.
 */
class ResumeBench {

    private static final int ROUNDS = Integer.getInteger("bench.resumes", 3_000);
    private static final int WARM_UP = ROUNDS / 3;

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\
            """;

    @Test
    void resumeBesideConnectAndInitialize() throws Exception {
        try (var server =
                new RunningJar("--springline.websocket.connection-rate-per-address=1000000/s")
                        .ready()) {
            long[] plain = new long[ROUNDS];
            long[] resumed = new long[ROUNDS];
            JsonNode grant;
            try (var first = connect(server)) {
                grant = ask(first, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}");
                first.sendText("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
                first.read(RawSocket.TEXT);
            }
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                int slot = Math.max(round, 0);
                long start = System.nanoTime();
                try (var socket = connect(server)) {
                    ask(socket, INITIALIZE);
                    plain[slot] = System.nanoTime() - start;
                }
                start = System.nanoTime();
                try (var socket = connect(server)) {
                    grant =
                            ask(
                                    socket,
                                    """
                                    {"jsonrpc":"2.0","id":1,"method":"springline/resume","params":{"token":%s,"epoch":%s,"received":0}}\
                                    """
                                            .formatted(grant.get("token"), grant.get("epoch")));
                    socket.read(RawSocket.TEXT);
                    resumed[slot] = System.nanoTime() - start;
                }
            }
            String report =
                    """
                    | from TCP connect to | p50 | p99 |
                    |---|---:|---:|
                    | the answer to `initialize`, a new connection | %d µs | %d µs |
                    | the first replayed message, a resumed session | %d µs | %d µs |
                    """
                            .formatted(
                                    percentile(plain, 50),
                                    percentile(plain, 99),
                                    percentile(resumed, 50),
                                    percentile(resumed, 99));
            System.out.println(report);
            Files.createDirectories(Path.of("target", "bench"));
            Files.writeString(Path.of("target", "bench", "resume.md"), report);
        }
    }

    private static RawSocket connect(RunningJar server) throws Exception {
        return new RawSocket(server.port(), "/mcp", "Sec-WebSocket-Protocol: mcp");
    }

    private static JsonNode ask(RawSocket socket, String request) throws Exception {
        socket.sendText(request);
        return McpPeer.JSON.readTree(socket.read(RawSocket.TEXT).text()).get("result");
    }

    private static long percentile(long[] nanos, int percent) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[(int) ((long) (sorted.length - 1) * percent / 100)] / 1000;
    }
}
