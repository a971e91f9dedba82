package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.client.ClientListener;
import io.springline.client.ClientState;
import io.springline.client.McpWebSocketClient;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import io.springline.testing.TcpBalancer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * Replicas behind a balancer are replaced one after the other, under clients that call all the
 * time. {@code -Drolling.replicas=3 -Drolling.clients=500} makes it as large as it is meant.
 */
@Tag("slow")
class RollingRestartIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final int REPLICAS = Integer.getInteger("rolling.replicas", 2);
    private static final int CLIENTS = Integer.getInteger("rolling.clients", 30);

    /** Fewer: each call is a POST that is stored, and a busy node may count Redis as away. */
    private static final int HTTP_CLIENTS = Integer.getInteger("rolling.http.clients", 30);

    private static final int PAUSE_MILLIS = Integer.getInteger("rolling.pause", 100);

    /** Connections that a replica lets go of in one second, at most. */
    private static final int CEILING = Integer.getInteger("rolling.ceiling", 200);

    private static final String MODERN = "2026-07-28";
    private static final List<String> HTTP_REVISIONS =
            List.of("2025-11-25", "2025-06-18", "2025-03-26", MODERN);

    /** Time in which the balancer notices, at load too, that a replica is not ready any more. */
    private static final String DRAIN_DELAY = System.getProperty("rolling.delay", "10s");

    private final AtomicInteger lost = new AtomicInteger();
    private final Map<Long, AtomicInteger> reconnects = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    /** One client that calls again and again, one call at a time. */
    private final class Caller implements ClientListener {

        private final int number;
        private final McpWebSocketClient client;
        private final List<String> failed = new ArrayList<>();
        private int calls;

        Caller(int number, String uri) {
            this.number = number;
            this.client =
                    McpWebSocketClient.builder(URI.create(uri))
                            .backoff(Duration.ofMillis(100), Duration.ofSeconds(2))
                            .listener(this)
                            .build();
        }

        @Override
        public void received(JsonRpcMessage message) {}

        @Override
        public void stateChanged(ClientState state) {
            if (state instanceof ClientState.Lost) {
                lost.incrementAndGet();
            } else if (state instanceof ClientState.Open) {
                reconnects
                        .computeIfAbsent(
                                System.currentTimeMillis() / 1000, _ -> new AtomicInteger())
                        .incrementAndGet();
            }
        }

        void run() {
            client.start();
            try {
                while (!stopping) {
                    String key = number + "-" + calls++;
                    Response answer = client.request("tools/call", params(key)).get();
                    String said =
                            switch (answer) {
                                case ResultResponse(_, var result) ->
                                        result.at("/content/0/text").asString();
                                case ErrorResponse(_, var error) ->
                                        error.message() + " " + error.data();
                            };
                    if (!said.equals("ran " + key)) {
                        failed.add(key + ": " + said);
                    }
                    Thread.sleep(PAUSE_MILLIS);
                }
            } catch (Exception e) {
                failed.add(e.toString());
            } finally {
                client.close();
            }
        }
    }

    private static ObjectNode params(String key) {
        ObjectNode params = McpPeer.JSON.createObjectNode().put("name", "count");
        params.putObject("arguments").put("key", key);
        ObjectNode meta = params.putObject("_meta");
        meta.put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
        meta.putObject("io.modelcontextprotocol/clientCapabilities");
        return params;
    }

    @Test
    void noCallFailsAndNoneRunsTwice() throws Exception {
        try (var nodes = new Nodes()) {
            replaceAll(nodes, () -> {}, _ -> {});
        }
    }

    /**
     * The new version writes formats that the old one does not know. Connections are cut while both
     * versions run, so that clients of new replicas try to continue at old ones. Not a part of the
     * CI: the new replicas start without the cache of the image.
     */
    @Test
    @Tag("chaos")
    void noCallFailsAndNoneRunsTwiceWhileFormatsChange(@TempDir Path folder) throws Exception {
        Path raised = RaisedFormats.compile(folder);
        try (var nodes = new Nodes()) {
            RunningJar last =
                    replaceAll(nodes, () -> nodes.patch(raised), this::cutTwice).getLast();
            assertThat(nodes.all()).extracting(RunningJar::log).anyMatch(RollingRestartIT::warns);
            assertThat(warns(last.log())).isFalse();
        }
    }

    private void cutTwice(TcpBalancer balancer) {
        for (int i = 0; i < 2; i++) {
            int before = reconnects();
            balancer.cut();
            await().atMost(Duration.ofSeconds(60)).until(() -> reconnects() >= before + CLIENTS);
        }
    }

    private int reconnects() {
        return reconnects.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    private static boolean warns(String log) {
        return log.contains("in a format that this version does not know");
    }

    /**
     * Replaces all replicas under load.
     *
     * @param beforeNew runs when all old ones have started
     * @param afterEach runs when one was replaced
     * @return the new replicas
     */
    private List<RunningJar> replaceAll(
            Nodes nodes, Runnable beforeNew, Consumer<TcpBalancer> afterEach) throws Exception {
        var replicas = new ArrayList<RunningJar>();
        for (int i = 0; i < REPLICAS; i++) {
            replicas.add(start(nodes, RunningJar.freePort()));
        }
        replicas.forEach(Nodes::joined);
        beforeNew.run();
        var replaced = new ArrayList<RunningJar>();
        try (var balancer =
                new TcpBalancer(replicas.stream().mapToInt(RunningJar::port).toArray())) {
            await().until(() -> balancer.ready().size() == REPLICAS);
            var callers = new ArrayList<Caller>();
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < CLIENTS; i++) {
                var caller = new Caller(i, balancer.uri());
                callers.add(caller);
                threads.add(Thread.ofVirtual().start(caller::run));
            }
            await().atMost(Duration.ofSeconds(60)).until(() -> nodes.runs().size() >= CLIENTS);
            reconnects.clear();
            for (RunningJar old : replicas) {
                replaced.add(replace(nodes, old, balancer));
                afterEach.accept(balancer);
            }
            stopping = true;
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
            }
            verify(nodes, callers);
            return replaced;
        }
    }

    /** Sessions of HTTP clients go on at the other replica, and calls without a session, too. */
    @Test
    void noHttpCallFailsAndNoneRunsTwice() throws Exception {
        try (var nodes = new Nodes()) {
            var replicas = new ArrayList<RunningJar>();
            for (int i = 0; i < REPLICAS; i++) {
                replicas.add(start(nodes, RunningJar.freePort()));
            }
            replicas.forEach(Nodes::joined);
            try (var balancer =
                    new TcpBalancer(replicas.stream().mapToInt(RunningJar::port).toArray())) {
                balancer.holdClients();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> balancer.ready().size() == REPLICAS);
                var callers = new ArrayList<HttpCaller>();
                var threads = new ArrayList<Thread>();
                for (int i = 0; i < HTTP_CLIENTS; i++) {
                    String revision = HTTP_REVISIONS.get(i % HTTP_REVISIONS.size());
                    var caller =
                            new HttpCaller(
                                    i, balancer.port(), revision.equals(MODERN) ? null : revision);
                    callers.add(caller);
                    threads.add(
                            Thread.ofVirtual()
                                    .start(() -> caller.run(() -> stopping, PAUSE_MILLIS)));
                }
                awaitCalls(callers);
                for (RunningJar old : replicas) {
                    replace(nodes, old, balancer);
                    awaitCalls(callers);
                }
                stopping = true;
                for (Thread thread : threads) {
                    assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
                }
                verifyHttp(nodes, callers);
            }
        }
    }

    /** Waits until each client has made a few more calls. */
    private static void awaitCalls(List<HttpCaller> callers) {
        Map<HttpCaller, Integer> before =
                callers.stream().collect(Collectors.toMap(Function.identity(), HttpCaller::calls));
        await().atMost(Duration.ofSeconds(120))
                .until(() ->
                        callers.stream()
                                .allMatch(each ->
                                        !each.failed().isEmpty()
                                                || each.calls() > before.get(each) + 5));
    }

    private static void verifyHttp(Nodes nodes, List<HttpCaller> callers) throws Exception {
        int calls = callers.stream().mapToInt(HttpCaller::calls).sum();
        System.out.printf(
                "rolling restart over HTTP: %d clients, %d calls, %d requests sent again after 503, %d streams resumed%n",
                HTTP_CLIENTS,
                calls,
                callers.stream().mapToInt(HttpCaller::retries).sum(),
                callers.stream().mapToInt(HttpCaller::resumed).sum());
        assertThat(callers).flatExtracting(HttpCaller::failed).isEmpty();
        assertThat(nodes.runs()).doesNotHaveDuplicates().hasSize(calls);
    }

    private static RunningJar start(Nodes nodes, int port) throws Exception {
        return nodes.start(
                port,
                REDIS.port(),
                "-Dspringline.drain.delay=" + DRAIN_DELAY,
                "--springline.drain.close-rate=" + CEILING + "/s",
                "--springline.websocket.max-connections-per-principal=10000",
                "--springline.websocket.max-connections-per-address=10000",
                "--springline.requests.rate=100000/s",
                "--springline.http.stream-after=200ms");
    }

    private static RunningJar replace(Nodes nodes, RunningJar old, TcpBalancer balancer)
            throws Exception {
        old.terminate();
        assertThat(old.awaitExit(Duration.ofSeconds(30))).as("out before its grace ends").isTrue();
        RunningJar next = start(nodes, old.port());
        Nodes.joined(next);
        await().until(() -> balancer.ready().contains(next.port()));
        return next;
    }

    private void verify(Nodes nodes, List<Caller> callers) throws Exception {
        int calls = callers.stream().mapToInt(caller -> caller.calls).sum();
        int most = reconnects.values().stream().mapToInt(AtomicInteger::get).max().orElse(0);
        System.out.printf(
                "rolling restart: %d clients, %d calls, at most %d reconnects in a second%n",
                CLIENTS, calls, most);
        assertThat(callers).allSatisfy(caller -> assertThat(caller.failed).isEmpty());
        assertThat(lost).hasValue(0);
        assertThat(nodes.runs()).doesNotHaveDuplicates().hasSize(calls);
        assertThat(most).isLessThanOrEqualTo(CEILING);
    }
}
