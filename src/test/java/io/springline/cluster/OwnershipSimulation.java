package io.springline.cluster;

import io.springline.cluster.SimulatedRedis.Faults;
import io.springline.cluster.SimulatedRedis.Link;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One run of three nodes, a Redis and two clients, in which everything that a seed decides goes
 * wrong; then all is well again, and what was promised is checked.
 */
final class OwnershipSimulation implements SimulatedNode.Observer {

    private static final int NODES = 3;
    private static final Duration TROUBLE = Duration.ofSeconds(8);

    /** Longer than it takes to find out that a node is dead. */
    private static final Duration QUIET =
            SimulatedNode.LEASE.multipliedBy(2).plus(Duration.ofSeconds(24));

    private final VirtualTime time;
    private final SimulatedRedis redis;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<Integer, Integer> runs = new HashMap<>();
    private final Map<Integer, String> runners = new HashMap<>();
    private final Set<Integer> unrecorded = new HashSet<>();
    private long trace;

    private OwnershipSimulation(long seed) {
        time = new VirtualTime(seed);
        redis =
                new SimulatedRedis(
                        time,
                        new Faults(
                                some(0.3),
                                some(0.2),
                                time.chance(0.2) ? 0.03 : 0,
                                1 + time.random().nextInt(time.chance(0.5) ? 10 : 150)));
        for (int i = 0; i < NODES; i++) {
            nodes.add(new SimulatedNode("node-" + i, time, redis, this::id, this));
        }
        for (int i = 1; i <= 2; i++) {
            clients.add(new SimulatedClient(i, time, this::node, this));
        }
    }

    /** Returns what was violated; nothing if all is well. */
    static List<String> run(long seed) {
        return new OwnershipSimulation(seed).run();
    }

    /** Returns a number that depends on all that has happened. */
    static long trace(long seed) {
        var simulation = new OwnershipSimulation(seed);
        simulation.run();
        return simulation.trace;
    }

    /** For whoever looks for the reason of a violation: only with a single seed. */
    @Override
    public void log(String what) {
        if (System.getProperty("simulation.seed") != null) {
            System.out.println(time.millis() + " ms: " + what);
        }
    }

    private double some(double most) {
        return time.chance(0.5) ? time.random().nextDouble() * most : 0;
    }

    private String id() {
        return new UUID(time.random().nextLong(), time.random().nextLong()).toString();
    }

    private SimulatedNode node() {
        List<SimulatedNode> alive = nodes.stream().filter(node -> !node.isCrashed()).toList();
        return alive.get(time.random().nextInt(alive.size()));
    }

    private List<String> run() {
        try {
            time.runFor(Duration.ofSeconds(3));
            clients.forEach(SimulatedClient::connect);
            time.runFor(Duration.ofSeconds(1));
            trouble();
            time.runFor(TROUBLE);
            redis.heal();
            time.runFor(QUIET);
            check();
            race();
            clients.forEach(SimulatedClient::end);
            time.runFor(Duration.ofSeconds(25));
            checkNothingIsLeft();
        } catch (RuntimeException | StackOverflowError e) {
            violations.add(e + " " + e.getCause());
        } finally {
            nodes.forEach(SimulatedNode::crash);
        }
        return violations;
    }

    private void during(int most, Runnable action) {
        for (int i = time.random().nextInt(most + 1); i > 0; i--) {
            time.schedule((long) (time.random().nextDouble() * TROUBLE.toNanos()), action);
        }
    }

    private void trouble() {
        for (SimulatedClient client : clients) {
            during(20, client::call);
            during(10, client::cut);
        }
        if (time.chance(0.2)) {
            during(
                    2,
                    () -> {
                        log("restart");
                        redis.restart();
                    });
            return;
        }
        if (time.chance(0.5)) {
            during(8, this::flap);
        }
        if (time.chance(0.5)) {
            during(4, this::silence);
        }
        if (time.chance(0.3)) {
            during(
                    2,
                    () -> {
                        redis.pause();
                        time.schedule(time.upTo(2_500), redis::goOn);
                    });
        }
        if (time.chance(0.3)) {
            during(1, this::crash);
        }
    }

    private void flap() {
        Link link = node().link();
        link.reset();
        time.schedule(time.upTo(1_500), link::reconnect);
    }

    private void silence() {
        Link link = node().link();
        link.silence();
        time.schedule(time.upTo(2_500), link::speak);
    }

    private void crash() {
        SimulatedNode node = node();
        log("crash of " + node.name());
        node.crash();
        node.link().reset();
        clients.forEach(client -> time.schedule(time.upTo(300), () -> client.crashed(node)));
    }

    @Override
    public void ran(String node, int id, boolean known) {
        trace = 31 * trace + id + time.nanos();
        log(node + " runs " + id + (known ? "" : ", which is not written down"));
        runs.merge(id, 1, Integer::sum);
        runners.put(id, node);
        if (!known) { // a call that may run again, or one that began while Redis was away
            unrecorded.add(id);
        }
    }

    @Override
    public void violation(String what) {
        violations.add(time.millis() + " ms: " + what);
    }

    private void check() {
        for (SimulatedNode node : nodes) {
            if (!node.isCrashed() && !node.isJoined()) {
                violation(node.name() + " has not come back");
            }
        }
        for (SimulatedClient client : clients) {
            if (!client.isLive()) {
                violation("a client has not come back");
            }
            client.open().forEach(id -> violation(id + " has no answer"));
            client.answers()
                    .forEach((id, answer) -> {
                        if (answer.equals("unknown") && !hasCrashed(runners.get(id))) {
                            violation(id + " has an unknown outcome, but its node is alive");
                        }
                    });
        }
        runs.forEach((id, times) -> {
            if (times > 1 && !unrecorded.contains(id)) {
                violation("%d has run %d times".formatted(id, times));
            }
        });
        checkOwners("after all is well");
    }

    /** A call that no node has run was about to be run by one that has crashed. */
    private boolean hasCrashed(@Nullable String name) {
        return nodes.stream()
                .anyMatch(node -> node.isCrashed() && (name == null || node.name().equals(name)));
    }

    private void checkOwners(String when) {
        if (clients.stream().anyMatch(client -> client.lost() > 0)) {
            return; // the session that was lost waits for its client
        }
        int owners =
                nodes.stream()
                        .filter(node -> !node.isCrashed())
                        .mapToInt(SimulatedNode::owned)
                        .sum();
        if (owners != clients.size()) {
            violation("%d owners of %d sessions, %s".formatted(owners, clients.size(), when));
        }
    }

    private void race() {
        redis.slow();
        clients.forEach(client -> client.race(node()));
        time.runFor(Duration.ofSeconds(5));
        clients.forEach(SimulatedClient::endRace);
        time.runFor(Duration.ofSeconds(2));
        checkOwners("after a race");
    }

    private void checkNothingIsLeft() {
        if (clients.stream().anyMatch(client -> client.lost() > 0)) {
            return;
        }
        for (SimulatedNode node : nodes) {
            String left = node.leftovers();
            if (!node.isCrashed() && !left.equals("0 sessions, 0 leases, 0 known, 0 forwarding")) {
                violation(node.name() + " still has " + left);
            }
        }
        if (redis.model().open() > 0) {
            violation("Redis still has sessions");
        }
    }
}
