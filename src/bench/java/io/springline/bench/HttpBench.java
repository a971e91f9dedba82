package io.springline.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** What calls and idle event streams cost over Streamable HTTP. */
final class HttpBench {

    static final String CALLS = "HTTP calls";
    static final String IDLE = "HTTP idle streams";
    static final String CPU = "64 CPU µs";
    static final String HEAP = "heap KB";

    private static final int CONNECTIONS = 64;
    private static final int STREAMS = 1000;
    private static final Duration WARM_UP = Duration.ofMillis(500);

    private final Results results;
    private final Map<Server, ServerProcess> servers;
    private final Set<HttpWay> ways = EnumSet.noneOf(HttpWay.class);

    HttpBench(Results results, Map<Server, ServerProcess> servers) {
        this.results = results;
        this.servers = servers;
        for (HttpWay way : HttpWay.values()) {
            if (servers.containsKey(way.server)) {
                ways.add(way);
            }
        }
    }

    void warmUp() throws IOException, InterruptedException {
        WarmUp.run(results, ways, way -> "HTTP, " + way.title, way -> measure(way, WarmUp.TIME));
    }

    /** 64 keep-alive connections, one call at a time on each; the ways take turns. */
    void calls() throws InterruptedException {
        for (HttpWay way : ways) {
            Sample sample = measure(way, ServiceBench.TIME);
            results.add(CALLS, way.title, CPU, sample.cpuMicros());
            results.add(CALLS, way.title, "64 p50 µs", sample.micros(0.5));
            results.add(CALLS, way.title, "64 calls/s", sample.perSecond());
            if (sample.errors() > 0) {
                results.note(
                        "HTTP calls, %s: %d answers were no echo"
                                .formatted(way.title, sample.errors()));
            }
            ServiceBench.progress(
                    "HTTP calls, %s: CPU %.1f µs, %.0f calls/s"
                            .formatted(way.title, sample.cpuMicros(), sample.perSecond()));
        }
    }

    /** A failure leaves a gap in this round. */
    private Sample measure(HttpWay way, Duration time) throws InterruptedException {
        try {
            return closedLoop(way, time);
        } catch (IOException e) {
            results.note("HTTP calls, %s failed: %s".formatted(way.title, e.getMessage()));
            return Sample.NONE;
        }
    }

    private Sample closedLoop(HttpWay way, Duration time) throws IOException, InterruptedException {
        ServerProcess server = server(way);
        var connections = new ArrayList<HttpLoadConnection>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(new HttpLoadConnection(way, server.port()));
            }
            return new Loop(server, connections).run(time);
        } finally {
            for (HttpLoadConnection each : connections) {
                each.close();
            }
        }
    }

    /** A thread for each connection. */
    private static final class Loop {

        private final Clock clock;
        private final List<HttpLoadConnection> connections;
        private final ConcurrentLinkedQueue<IOException> failures = new ConcurrentLinkedQueue<>();
        private long errors;
        private volatile boolean over;

        Loop(ServerProcess server, List<HttpLoadConnection> connections) {
            this.clock = new Clock(server, 1 << 18);
            this.connections = connections;
        }

        Sample run(Duration time) throws IOException, InterruptedException {
            var threads = new ArrayList<Thread>();
            for (HttpLoadConnection each : connections) {
                threads.add(Thread.startVirtualThread(() -> callAgainAndAgain(each)));
            }
            Thread.sleep(WARM_UP);
            synchronized (clock) {
                clock.start(errors);
            }
            Thread.sleep(time);
            Sample sample;
            synchronized (clock) {
                sample = clock.sample(errors);
            }
            over = true;
            for (Thread each : threads) {
                each.join();
            }
            if (!failures.isEmpty()) {
                throw failures.remove();
            }
            return sample;
        }

        private void callAgainAndAgain(HttpLoadConnection connection) {
            try {
                while (!over) {
                    long start = System.nanoTime();
                    boolean echoed = connection.call();
                    synchronized (clock) {
                        clock.add(System.nanoTime() - start);
                        errors += echoed ? 0 : 1;
                    }
                }
            } catch (IOException e) {
                failures.add(e);
            }
        }
    }

    /** The live heap for each session with an open event stream. */
    void idleStreams() throws IOException {
        for (HttpWay way : ways) {
            if (way.dialect == Way.Dialect.LEGACY) {
                try {
                    idleStreams(way);
                } catch (IOException e) {
                    results.note(
                            "idle streams, %s failed: %s".formatted(way.title, e.getMessage()));
                }
            }
        }
    }

    private void idleStreams(HttpWay way) throws IOException {
        ServerProcess server = server(way);
        double before = ConnectionBench.settledHeap(server);
        var connections = new ArrayList<HttpLoadConnection>();
        try {
            for (int i = 0; i < STREAMS; i++) {
                var connection = new HttpLoadConnection(way, server.port());
                connections.add(connection);
                connection.listen();
            }
            LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
            double each = (server.liveHeapKilobytes() - before) / STREAMS;
            results.add(IDLE, way.title, HEAP, each);
            ServiceBench.progress("idle stream, %s: %.1f KB heap".formatted(way.title, each));
        } finally {
            for (HttpLoadConnection each : connections) {
                each.close();
            }
        }
    }

    private ServerProcess server(HttpWay way) {
        return Objects.requireNonNull(servers.get(way.server), way.title);
    }
}
