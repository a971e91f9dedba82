package io.springline.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What connections cost, whether they call or not. */
final class ConnectionBench {

    static final String CONNECT = "connect";
    static final String IDLE = "idle";
    static final String HEARTBEAT = "heartbeat";
    static final String BROADCAST = "broadcast";
    static final String HEAP = " heap KB";
    static final List<Integer> STEPS = List.of(1000, 5000);
    static final int MANY = 20_000;
    static final int RECEIVERS = 10_000;

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
            try (var client = new LoadClient(way, server(way))) {
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
     * The live heap by open connections; of the service also the broadcast to ten thousand, and at
     * the end what its heartbeat costs.
     */
    void many(Set<Way> ways) {
        for (Way way : onePerServer(ways)) {
            try (var client = new LoadClient(way, server(way))) {
                many(client, way, server(way));
            } catch (IOException e) {
                results.note("idle, %s failed: %s".formatted(way.title, e.getMessage()));
            }
        }
    }

    private void many(LoadClient client, Way way, ServerProcess server) throws IOException {
        var steps = new ArrayList<>(STEPS);
        if (way == Way.SPRINGLINE) {
            steps.addAll(List.of(RECEIVERS, most()));
        }
        double before = settledHeap(server);
        double rss = server.rssMegabytes();
        for (int connections : steps) {
            client.open(connections);
            client.idle(Duration.ofMillis(500));
            double each = (server.liveHeapKilobytes() - before) / connections;
            results.add(IDLE, way.title, connections + HEAP, each);
            ServiceBench.progress(
                    "idle, %s: %d connections, %.1f KB heap each"
                            .formatted(way.title, connections, each));
            if (connections == RECEIVERS) {
                broadcast(client, server);
            }
        }
        int all = steps.getLast();
        double kilobytes = (server.rssMegabytes() - rss) * 1024 / all;
        results.add(IDLE, way.title, "RSS growth KB", kilobytes);
        if (way == Way.SPRINGLINE) {
            heartbeat(client, server, all);
        }
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
