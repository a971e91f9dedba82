package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.CuttingProxy;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import io.springline.testing.TcpBalancer;
import io.springline.testing.TcpProxy;
import io.springline.testing.ThreadDumps;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/**
 * Two services with one Redis, clients whose connections are cut and reset all the time and that
 * come back to either, while Redis is paused, restarted empty, and split from one service: each
 * call has one answer and runs once, nothing gets stuck, and nothing is left. {@code
 * -Dchaos.duration=30m} makes it longer, {@code -Dchaos.seed=…} repeats its choices.
 */
@Tag("chaos")
class ClusterChaosIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final Duration DURATION =
            DurationStyle.detectAndParse(System.getProperty("chaos.duration", "40s"));
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());
    private static final int CLIENTS = 6;

    /** Bytes between two cuts. */
    private static final int MEAN_BYTES = 30_000;

    /** Without a client for so long, a session ends, in Redis a minute later. */
    private static final Duration GRACE = Duration.ofSeconds(15);

    private static final Duration FORGOTTEN = GRACE.plusSeconds(60);

    /** The kinds of {@link #trouble}, in the order of its cases. */
    private static final List<String> TROUBLES =
            List.of(
                    "Redis paused",
                    "Redis restarted empty",
                    "split from Redis",
                    "connections to Redis reset",
                    "two clients with one token",
                    "nothing");

    /**
     * Threads are dumped after each so many troubles: JDK 25.0.3 may crash in a dump of running
     * virtual threads.
     */
    private static final int DUMP_EVERY = 20;

    /** The last kind of trouble in which a node is without Redis. */
    private static final int LAST_OUTAGE = 2;

    /** Kilobytes, for what a JVM keeps that has worked: caches, compiled code, pools. */
    private static final long HEAP_SLACK = 60 << 10;

    private static final int THREAD_SLACK = 40;

    /** For a service to start on a machine that does much else. */
    private static final Duration BOOT = Duration.ofMinutes(6);

    private final Random random = new Random(SEED);
    private final List<ChaosClient> clients = new ArrayList<>();
    private final Set<String> exempt = new HashSet<>();
    private final ChaosTimeline timeline = new ChaosTimeline();
    private int troubles;

    /** One service, how it reaches Redis, and what it was like before. */
    private record Node(RunningJar jar, TcpProxy redis, ThreadDumps dumps) {}

    private Node start(Nodes nodes) throws Exception {
        var between = new TcpProxy(REDIS.port());
        RunningJar jar =
                nodes.start(
                        between.port(),
                        "--springline.cluster.redis.node-lease=30s",
                        "--springline.session.grace=" + GRACE.toSeconds() + "s",
                        "--logging.level.io.springline.resume=debug");
        await().atMost(BOOT).pollInterval(Duration.ofSeconds(1)).until(() -> isReady(jar));
        return new Node(Nodes.joined(jar), between, new ThreadDumps(jar.process()));
    }

    private static boolean isReady(RunningJar jar) throws InterruptedException {
        try {
            return jar.get("/actuator/health/readiness").statusCode() == 200;
        } catch (IOException e) {
            assertThat(jar.process().isAlive()).as("the service runs").isTrue();
            return false;
        }
    }

    @Test
    void losesNothingRunsNothingTwiceAndLeavesNothing() throws Exception {
        System.out.printf("chaos for %s, -Dchaos.seed=%d%n", DURATION, SEED);
        try (var nodes = new Nodes()) {
            List<Node> both = List.of(start(nodes), start(nodes));
            int[] ports = both.stream().mapToInt(node -> node.jar().port()).toArray();
            try (var balancer = new TcpBalancer(ports)) {
                // what the first sessions load stays: threads, classes, pools
                run(balancer, Duration.ofSeconds(5), 1_000_000, () -> {});
                settle(both);
                List<Usage> before = usage(both);
                String clients =
                        timeline.during(
                                nodes::all,
                                () ->
                                        run(
                                                balancer,
                                                DURATION,
                                                MEAN_BYTES,
                                                () -> trouble(both, balancer)));
                settle(both);
                List<Usage> after = usage(both);
                Set<String> twice = twice(nodes);
                System.out.println("chaos: ran twice: " + twice);
                twice.removeAll(exempt);
                assertThat(twice).as("calls that ran twice").isEmpty();
                System.out.printf("chaos: %s; before %s, after %s%n", clients, before, after);
                for (int i = 0; i < both.size(); i++) {
                    assertThat(after.get(i).threads())
                            .isLessThan(before.get(i).threads() + THREAD_SLACK);
                    assertThat(after.get(i).heap()).isLessThan(before.get(i).heap() + HEAP_SLACK);
                }
            }
            for (Node node : both) {
                node.redis().close();
            }
        }
    }

    private static Set<String> twice(Nodes nodes) throws Exception {
        var seen = new HashSet<String>();
        var twice = new TreeSet<String>();
        for (String key : nodes.runs()) {
            if (!seen.add(key)) {
                twice.add(key);
            }
        }
        return twice;
    }

    private interface Trouble {
        void make() throws Exception;
    }

    /** Has clients call for so long, while trouble is made again and again, and checks them. */
    private String run(TcpBalancer balancer, Duration time, int meanBytes, Trouble trouble)
            throws Exception {
        long end = System.nanoTime() + time.toNanos();
        clients.clear();
        try (var proxy = new CuttingProxy(balancer.port(), meanBytes, SEED)) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new ChaosClient(proxy.port(), i, timeline));
            }
            while (System.nanoTime() - end < 0) {
                Thread.sleep(1_000 + random.nextInt(2_000));
                trouble.make();
                clients.forEach(ChaosClient::check);
            }
            proxy.calm();
            for (ChaosClient client : clients) {
                client.end();
            }
            clients.forEach(client -> exempt.addAll(client.exempt()));
            return "%d cuts, %d calls may run twice, %s"
                    .formatted(proxy.cuts(), exempt.size(), clients);
        }
    }

    private void trouble(List<Node> both, TcpBalancer balancer) throws Exception {
        Node one = both.get(random.nextInt(both.size()));
        int kind = random.nextInt(6);
        timeline.add("%s at %s".formatted(TROUBLES.get(kind), one.jar().uri()));
        if (kind <= LAST_OUTAGE) {
            clients.forEach(ChaosClient::beginOutage);
        }
        switch (kind) {
            case 0 -> {
                REDIS.freeze();
                Thread.sleep(200 + random.nextInt(2_500));
                REDIS.thaw();
            }
            case 1 -> {
                REDIS.stop();
                Thread.sleep(random.nextInt(1_500));
                REDIS.start();
            }
            case 2 -> {
                // a call that begins on a service that is cut off may run again on the other
                clients.forEach(ChaosClient::beginExemption);
                one.redis().split();
                Thread.sleep(200 + random.nextInt(2_500));
                one.redis().heal();
                awaitJoined(both);
                clients.forEach(ChaosClient::endExemption);
            }
            case 3 -> {
                // the connections break, and are there again at once
                one.redis().heal();
            }
            case 4 -> rivals(both);
            default -> {}
        }
        timeline.add("end of the trouble");
        for (Node node : ++troubles % DUMP_EVERY == 0 ? both : List.<Node>of()) {
            Map<String, String> stuck = node.dumps().stuck();
            if (!stuck.isEmpty()) {
                Thread.sleep(5_000);
                stuck.keySet().retainAll(node.dumps().stuck().keySet());
            }
            assertThat(stuck).as("threads that wait for a lock for ever").isEmpty();
        }
        assertThat(balancer.ready()).hasSize(both.size());
        awaitJoined(both);
        clients.forEach(ChaosClient::endOutage);
    }

    private static void awaitJoined(List<Node> both) {
        await().until(() -> both.stream().allMatch(ClusterChaosIT::hasRejoined));
    }

    private static boolean hasRejoined(Node node) {
        try {
            return Nodes.hasRejoined(node.jar());
        } catch (Exception e) {
            return false;
        }
    }

    /**
     * Two clients on one token, at the same time: each is told how it stands, one at most has it.
     */
    private void rivals(List<Node> both) throws Exception {
        awaitJoined(both);
        try (var owner = Nodes.connect(both.get(random.nextInt(2)).jar());
                var first = Nodes.connect(both.get(random.nextInt(2)).jar());
                var second = Nodes.connect(both.get(random.nextInt(2)).jar())) {
            JsonNode grant = Nodes.open(owner);
            first.send(Nodes.resumption(grant, 0));
            second.send(Nodes.resumption(grant, 0));
            await().until(() -> hasAnswer(first) && hasAnswer(second));
            // what one of them says makes the other's token void
            await().untilAsserted(() ->
                    assertThat(List.of(first, second))
                            .filteredOn(ClusterChaosIT::isServed)
                            .hasSizeLessThanOrEqualTo(1));
        }
    }

    private static boolean hasAnswer(SocketPeer peer) throws InterruptedException {
        return peer.closeCode() != null || peer.poll(50) != null;
    }

    private static boolean isServed(SocketPeer peer) {
        if (peer.closeCode() != null) {
            return false;
        }
        try {
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}");
            return peer.poll(2_000) != null && peer.closeCode() == null;
        } catch (Exception e) {
            return false;
        }
    }

    /** Waits until no session is left anywhere. */
    private static void settle(List<Node> both) {
        awaitJoined(both);
        await().atMost(FORGOTTEN.plusSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    assertThat(REDIS.keys("springline:{*")).isZero();
                    for (Node node : both) {
                        assertThat(
                                        Nodes.json(node.jar(), "/actuator/connections")
                                                .get("connections"))
                                .isEmpty();
                    }
                });
    }

    /** What a service uses when nobody is there. */
    private record Usage(int threads, long heap) {}

    private static List<Usage> usage(List<Node> both) throws Exception {
        var all = new ArrayList<Usage>();
        for (Node node : both) {
            var settled = new AtomicBoolean();
            await().until(() -> {
                int before = node.dumps().threads();
                node.dumps().stuck();
                return settled.getAndSet(node.dumps().threads() == before) || settled.get();
            });
            all.add(new Usage(node.dumps().threads(), node.dumps().usedHeap()));
        }
        return all;
    }
}
