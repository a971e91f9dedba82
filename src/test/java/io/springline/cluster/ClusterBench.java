package io.springline.cluster;

import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * What sharing sessions costs: {@code ./mvnw -Pbench verify -Dit.test=ClusterBench}. {@code
 * bench.resumes}, {@code bench.calls} and {@code bench.broadcasts} say how often; Redis, services
 * and clients share one machine.
 */
class ClusterBench {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final int RESUMES = Integer.getInteger("bench.resumes", 2_000);
    private static final int CALLS = Integer.getInteger("bench.calls", 20_000);
    private static final int BROADCASTS = Integer.getInteger("bench.broadcasts", 100);
    private static final int ROUNDS = 5;
    private static final int CONNECTIONS = 16;
    private static final int LISTENERS = 1_000;

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\
            """;

    private enum Load {
        PLAIN("plain connection, any tool", false, "increment", "{}"),
        READ_ONLY("resumable, readOnlyHint", true, "blob", "{\"bytes\":64}"),
        ONCE("resumable, must not run twice", true, "increment", "{}");

        private final String title;
        private final boolean resumable;
        private final String tool;
        private final String arguments;

        Load(String title, boolean resumable, String tool, String arguments) {
            this.title = title;
            this.resumable = resumable;
            this.tool = tool;
            this.arguments = arguments;
        }

        String call(int id) {
            return """
            {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":%s}}\
            """
                    .formatted(id, tool, arguments);
        }
    }

    private final StringBuilder report = new StringBuilder();

    @Test
    void theCostOfManyReplicas() throws Exception {
        try (var nodes = new Nodes();
                var alone =
                        new RunningJar(
                                "--spring.profiles.active=conformance",
                                "--springline.requests.rate=1000000/s",
                                "--springline.websocket.connection-rate-per-address=1000000/s")) {
            var together = new ArrayList<RunningJar>();
            for (int i = 0; i < 3; i++) {
                together.add(
                        Nodes.joined(
                                nodes.start(REDIS.port(), "--springline.requests.rate=1000000/s")));
            }
            alone.ready();
            cpu(alone, together.getFirst());
            resumes(together.get(0), together.get(1));
            broadcasts(together);
        }
        System.out.println(report);
        Files.createDirectories(Path.of("target", "bench"));
        Files.writeString(Path.of("target", "bench", "cluster.md"), report);
    }

    private void cpu(RunningJar alone, RunningJar shared) throws Exception {
        Map<Load, List<Double>> off = new LinkedHashMap<>();
        Map<Load, List<Double>> on = new LinkedHashMap<>();
        Map<Load, List<Double>> ratios = new LinkedHashMap<>();
        for (int round = -2; round < ROUNDS; round++) {
            for (Load load : Load.values()) {
                double without = microsPerCall(alone, load);
                double with = microsPerCall(shared, load);
                System.out.printf("%s: %.1f and %.1f µs%n", load.title, without, with);
                if (round >= 0) {
                    off.computeIfAbsent(load, _ -> new ArrayList<>()).add(without);
                    on.computeIfAbsent(load, _ -> new ArrayList<>()).add(with);
                    ratios.computeIfAbsent(load, _ -> new ArrayList<>()).add(with / without);
                }
            }
        }
        report.append("| CPU per call | Redis off | Redis on | ratio |\n|---|---:|---:|---:|\n");
        for (Load load : Load.values()) {
            report.append(
                    "| %s | %.1f µs | %.1f µs | %.2f |%n"
                            .formatted(
                                    load.title,
                                    median(off.get(load)),
                                    median(on.get(load)),
                                    median(ratios.get(load))));
        }
    }

    private static double microsPerCall(RunningJar node, Load load) throws Exception {
        var threads = new ArrayList<Thread>();
        var failure = new AtomicReference<Throwable>();
        Duration before = cpu(node);
        for (int i = 0; i < CONNECTIONS; i++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try (var socket = connect(node)) {
                                    converse(socket, load);
                                } catch (Exception e) {
                                    failure.set(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
        return cpu(node).minus(before).toNanos() / 1e3 / CALLS;
    }

    private static void converse(RawSocket socket, Load load) throws Exception {
        int calls = CALLS / CONNECTIONS;
        if (load.resumable) {
            ask(socket, "{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
        }
        initialize(socket);
        for (int call = 1; call <= calls; call++) {
            socket.sendText(load.call(call));
            socket.read(RawSocket.TEXT);
            if (load.resumable && call % 32 == 0) {
                socket.sendText(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":%d}}"
                                .formatted(call + 1));
            }
        }
    }

    private static void initialize(RawSocket socket) throws Exception {
        ask(socket, INITIALIZE);
        socket.sendText("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    }

    private static Duration cpu(RunningJar node) {
        return node.process().info().totalCpuDuration().orElseThrow();
    }

    private void resumes(RunningJar a, RunningJar b) throws Exception {
        long[] nanos = new long[RESUMES];
        JsonNode grant;
        try (var first = connect(a)) {
            grant = ask(first, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}");
            first.sendText("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
            first.read(RawSocket.TEXT);
        }
        for (int round = -RESUMES / 3; round < RESUMES; round++) {
            long start = System.nanoTime();
            try (var socket = connect(Math.floorMod(round, 2) == 0 ? a : b)) {
                grant =
                        ask(
                                socket,
                                """
                                {"jsonrpc":"2.0","id":1,"method":"springline/resume","params":{"token":%s,"epoch":%s,"received":0}}\
                                """
                                        .formatted(grant.get("token"), grant.get("epoch")));
                socket.read(RawSocket.TEXT);
                nanos[Math.max(round, 0)] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        report.append(
                """

                | from TCP connect to | p50 | p99 |
                |---|---:|---:|
                | the first replayed message, on another node each time | %d µs | %d µs |
                """
                        .formatted(percentile(nanos, 50), percentile(nanos, 99)));
    }

    private void broadcasts(List<RunningJar> nodes) throws Exception {
        var sockets = new ArrayList<RawSocket>();
        var heard = new AtomicReference<CountDownLatch>();
        try (var caller = connect(nodes.getFirst())) {
            for (int i = 0; i < LISTENERS; i++) {
                RawSocket socket = connect(nodes.get(i % nodes.size()));
                sockets.add(socket);
                initialize(socket);
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                while (true) {
                                    socket.read(RawSocket.TEXT);
                                    heard.get().countDown();
                                }
                            } catch (Exception closed) {
                                // the end
                            }
                        });
            }
            long[] nanos = new long[BROADCASTS];
            for (int round = -BROADCASTS / 2; round < BROADCASTS; round++) {
                heard.set(new CountDownLatch(LISTENERS));
                long start = System.nanoTime();
                caller.sendText(Nodes.call(round + BROADCASTS, "announce", "k", 0));
                if (!heard.get().await(20, TimeUnit.SECONDS)) {
                    throw new IllegalStateException(heard.get().getCount() + " did not hear of it");
                }
                nanos[Math.max(round, 0)] = System.nanoTime() - start;
                caller.read(RawSocket.TEXT);
            }
            Arrays.sort(nanos);
            report.append(
                    """

                    | broadcast | p50 | p99 |
                    |---|---:|---:|
                    | from the call to the last of %d connections over %d nodes | %d µs | %d µs |
                    """
                            .formatted(
                                    LISTENERS,
                                    nodes.size(),
                                    percentile(nanos, 50),
                                    percentile(nanos, 99)));
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static RawSocket connect(RunningJar node) throws Exception {
        return new RawSocket(node.port(), "/mcp", "Sec-WebSocket-Protocol: mcp");
    }

    private static JsonNode ask(RawSocket socket, String request) throws Exception {
        socket.sendText(request);
        return McpPeer.JSON.readTree(socket.read(RawSocket.TEXT).text()).get("result");
    }

    private static long percentile(long[] sorted, int percent) {
        return sorted[(int) ((long) (sorted.length - 1) * percent / 100)] / 1000;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
