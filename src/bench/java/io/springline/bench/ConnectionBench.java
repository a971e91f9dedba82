package io.springline.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What connections cost, whether they call or not. */
final class ConnectionBench {

    static final String CONNECT = "connect";
    static final String IDLE = "idle";
    static final String HEARTBEAT = "heartbeat";
    static final String BROADCAST = "broadcast";
    static final String HEAP = " heap KB";
    static final String SMALL_HEAP = "1,000 connections, heap of 64 MB";
    static final String FAILED = "failed calls";
    static final int MANY = 20_000;
    static final int RECEIVERS = 10_000;
    static final List<Integer> STEPS = List.of(1000, 5000, RECEIVERS);

    private static final int FEW = 1000;
    private static final int CONNECTS = 500;
    private static final int AT_ONCE = 16;
    private static final int BROADCASTS = 3;

    /** One interval of the service's heartbeat. */
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(30);

    private final Results results;
    private final Map<Server, ServerProcess> servers;

    ConnectionBench(Results results, Map<Server, ServerProcess> servers) {
        this.results = results;
        this.servers = servers;
    }

    /** TCP, upgrade and initialize, 16 connections at once, each closed again. */
    void connect(Set<Way> ways) {
        for (Way way : onePerServer(ways)) {
            Sample sample = Sample.NONE;
            try (var client = new LoadClient(way.target(), server(way))) {
                sample = client.connect(CONNECTS, AT_ONCE);
                if (client.lost() > 0) {
                    results.note(
                            "%s lost %d of %d connections before the answer to initialize"
                                    .formatted(way.title, client.lost(), CONNECTS));
                }
            } catch (IOException e) {
                results.note("connect, %s failed: %s".formatted(way.title, e.getMessage()));
            }
            results.add(CONNECT, way.title, "CPU µs", sample.cpuMicros());
            results.add(CONNECT, way.title, "p50 µs", sample.micros(0.5));
            results.add(CONNECT, way.title, "p99 µs", sample.micros(0.99));
            ServiceBench.progress(
                    "connect, %s: CPU %.0f µs, p50 %.0f µs"
                            .formatted(way.title, sample.cpuMicros(), sample.micros(0.5)));
        }
    }

    /**
     * The live heap by open connections; of Springline in each round up to ten thousand, and in the
     * last one also the broadcast to these, the heartbeat of as many as can be open, and calls in a
     * small heap.
     */
    void many(Set<Way> ways) {
        for (Way way : onePerServer(ways)) {
            int rounds = way == Way.SPRINGLINE ? ServiceBench.ROUNDS : 1;
            for (int round = 1; round <= rounds; round++) {
                try (var client = new LoadClient(way.target(), server(way))) {
                    many(client, way, round == rounds);
                } catch (IOException e) {
                    results.note("idle, %s failed: %s".formatted(way.title, e.getMessage()));
                }
            }
        }
        if (ways.contains(Way.SPRINGLINE)) {
            smallHeap();
        }
    }

    private void many(LoadClient client, Way way, boolean last) throws IOException {
        ServerProcess server = server(way);
        double before = settledHeap(server);
        double rss = server.rssMegabytes();
        for (int connections : way == Way.SPRINGLINE ? STEPS : STEPS.subList(0, 2)) {
            open(client, way, connections, before);
        }
        if (way == Way.SPRINGLINE && last) {
            broadcast(client, server);
            int most = most();
            open(client, way, most, before);
            double kilobytes = (server.rssMegabytes() - rss) * 1024 / most;
            results.add(IDLE, way.title, "RSS growth KB", kilobytes);
            heartbeat(client, server, most);
        }
    }

    private void open(LoadClient client, Way way, int connections, double before)
            throws IOException {
        client.open(connections);
        client.idle(Duration.ofMillis(500));
        double each = (server(way).liveHeapKilobytes() - before) / connections;
        results.add(IDLE, way.title, connections + HEAP, each);
        ServiceBench.progress(
                "idle, %s: %d connections, %.1f KB heap each"
                        .formatted(way.title, connections, each));
    }

    /** Calls over a thousand connections to a server with a heap of 64 MB. */
    private void smallHeap() {
        double failed = FEW;
        try (var server =
                ServerProcess.start(
                        "small-heap",
                        port ->
                                Stream.concat(
                                                Stream.of("-Xmx64m"),
                                                Server.springline(port).stream())
                                        .toList())) {
            server.awaitReady(Server.SPRINGLINE.readiness);
            try (var client = new LoadClient(Way.SPRINGLINE.target(), server)) {
                client.open(FEW);
                Sample sample = client.closedLoop(1, CallBench.WARM_UP, ServiceBench.TIME);
                results.add(SMALL_HEAP, Way.SPRINGLINE.title, "calls/s", sample.perSecond());
                failed = sample.nanos().length < FEW ? FEW : sample.errors();
            }
        } catch (IOException e) {
            results.note("1,000 connections in a heap of 64 MB failed: " + e.getMessage());
        }
        results.add(SMALL_HEAP, Way.SPRINGLINE.title, FAILED, failed);
        ServiceBench.progress("heap of 64 MB: %.0f calls failed".formatted(failed));
    }

    /** What is left when the connections of earlier measurements are gone. */
    static double settledHeap(ServerProcess server) throws IOException {
        double heap = server.liveHeapKilobytes();
        for (int i = 0; i < 20; i++) {
            LockSupport.parkNanos(1_000_000_000);
            double now = server.liveHeapKilobytes();
            if (now > heap * 0.995) {
                return now;
            }
            heap = now;
        }
        return heap;
    }

    private void heartbeat(LoadClient client, ServerProcess server, int connections)
            throws IOException {
        double cpu = server.cpuSeconds();
        long start = System.nanoTime();
        client.idle(HEARTBEAT_INTERVAL);
        double seconds = (System.nanoTime() - start) / 1e9;
        double percent = 100 * (server.cpuSeconds() - cpu) / seconds;
        results.add(HEARTBEAT, Way.SPRINGLINE.title, "connections", connections);
        results.add(HEARTBEAT, Way.SPRINGLINE.title, "CPU % of a core", percent);
        ServiceBench.progress(
                "%d idle connections: %.1f %% of a core".formatted(connections, percent));
    }

    /** How many one process may have open here, of twenty thousand. */
    private int most() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                int files = (int) Math.min(1 << 20, Long.parseLong(line.split(" {2,}")[2]));
                if (files - 500 < MANY) {
                    results.note(
                            "%d file descriptors a process, so %d idle connections for %d"
                                    .formatted(files, files - 500, MANY));
                }
                return Math.min(files - 500, MANY);
            }
        }
        return MANY;
    }

    /** One notification to all, by {@code POST /actuator/connections}. */
    private void broadcast(LoadClient client, ServerProcess server) throws IOException {
        try (var http = HttpClient.newHttpClient()) {
            // the first one is warm-up
            for (int i = -1; i < BROADCASTS; i++) {
                double cpu = server.cpuSeconds();
                long start = System.nanoTime();
                var posted =
                        http.sendAsync(notification(server), HttpResponse.BodyHandlers.ofString());
                client.awaitPushes(client.pushes() + RECEIVERS);
                double millis = (System.nanoTime() - start) / 1e6;
                posted.join();
                double used = (server.cpuSeconds() - cpu) * 1e3;
                if (i >= 0) {
                    results.add(BROADCAST, Way.SPRINGLINE.title, "ms to the last", millis);
                    results.add(BROADCAST, Way.SPRINGLINE.title, "CPU ms", used);
                    ServiceBench.progress(
                            "broadcast to %d: %.0f ms, CPU %.0f ms"
                                    .formatted(RECEIVERS, millis, used));
                }
            }
        }
    }

    private static HttpRequest notification(ServerProcess server) {
        String json =
                """
                {"jsonrpc":"2.0","method":"notifications/message",\
                "params":{"level":"info","data":"to all of you"}}\
                """;
        var uri = URI.create("http://127.0.0.1:%d/actuator/connections".formatted(server.port()));
        return HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
    }

    private static Set<Way> onePerServer(Set<Way> ways) {
        var first = EnumSet.noneOf(Way.class);
        for (Way way : ways) {
            if (first.stream().noneMatch(each -> each.server == way.server)) {
                first.add(way);
            }
        }
        return first;
    }

    private ServerProcess server(Way way) {
        return Objects.requireNonNull(servers.get(way.server), way.title);
    }
}
