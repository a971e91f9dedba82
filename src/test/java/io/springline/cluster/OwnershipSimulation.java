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

    /** What goes wrong before all is well again. */
    enum Trouble {
        /** Nothing; two attempts to resume at one node meet a slow Redis in each run. */
        NONE,
        /** Clients lose their connections, so sessions move while their calls run. */
        MOVES,
        /** As MOVES, and nodes lose Redis for a moment, again and again. */
        INTERRUPTED_MOVES,
        /**
         * As MOVES, and each node loses its connection to Redis for less than the patience, or
         * Redis does not answer any of them: not both. No call may run twice, recorded or not.
         */
        BLIPS,
        /**
         * As MOVES, and nodes are split from Redis; clients are cut again before they are served.
         */
        SPLITS,
        /** A node crashes after it has written a subscription, before it acknowledges it. */
        SUBSCRIPTIONS,
        /** Any of it, and Redis pauses, keeps silent or forgets, and a node crashes. */
        ANY
    }

    private static final int NODES = 3;
    private static final Duration TROUBLE = Duration.ofSeconds(8);

    /** Longer than it takes to find out that a node is dead. */
    private static final Duration QUIET =
            SimulatedNode.LEASE.multipliedBy(2).plus(Duration.ofSeconds(24));

    /** Time for what comes late: repetitions, false outcomes, a second owner. */
    private static final Duration AFTERWARDS = SimulatedNode.LEASE.plusSeconds(2);

    private final Trouble trouble;
    private final VirtualTime time;
    private final SimulatedRedis redis;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<Integer, Integer> runs = new HashMap<>();
    private final Map<Integer, String> runners = new HashMap<>();
    private final Map<Integer, Long> ranAt = new HashMap<>();
    private final Set<Integer> unrecorded = new HashSet<>();
    private long trace;

    private OwnershipSimulation(long seed, Trouble trouble) {
        this.trouble = trouble;
        time = new VirtualTime(seed);
        redis =
                new SimulatedRedis(
                        time,
                        new Faults(
                                some(0.3),
                                some(0.2),
                                time.chance(0.2) && trouble != Trouble.BLIPS ? 0.03 : 0,
                                1 + time.random().nextInt(time.chance(0.5) ? 10 : 150)));
        for (int i = 0; i < NODES; i++) {
            nodes.add(new SimulatedNode("node-" + i, time, redis, this::id, this));
        }
        for (int i = 1; i <= 2; i++) {
            clients.add(new SimulatedClient(i, time, this::node, this));
        }
    }

    /** Returns what was violated; nothing if all is well. */
    static List<String> run(long seed, Trouble trouble) {
        return new OwnershipSimulation(seed, trouble).run();
    }

    /** Returns a number that depends on all that has happened. */
    static long trace(long seed) {
        var simulation = new OwnershipSimulation(seed, Trouble.ANY);
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
            time.runUntil(this::isSettled, QUIET);
            time.runFor(AFTERWARDS);
            check();
            race();
            clients.forEach(SimulatedClient::end);
            time.runUntil(this::isEmpty, Duration.ofSeconds(25));
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
        switch (trouble) {
            case NONE -> {}
            case MOVES -> moves();
            case INTERRUPTED_MOVES -> {
                moves();
                during(8, this::flap);
            }
            case BLIPS -> {
                moves();
                if (time.chance(0.7)) {
                    during(6, this::blip);
                } else {
                    during(2, this::pause);
                }
            }
            case SPLITS -> {
                moves();
                during(4, this::split);
                for (SimulatedClient client : clients) {
                    during(40, client::cut);
                }
            }
            case SUBSCRIPTIONS -> {
                for (SimulatedClient client : clients) {
                    during(8, client::subscribe);
                    during(4, client::cut);
                }
            }
            case ANY -> any();
        }
    }

    /** Most answers are ready when the session has just moved, or is about to. */
    private void moves() {
        for (SimulatedClient client : clients) {
            during(
                    20,
                    () -> {
                        client.call();
                        time.schedule(time.upTo(50), client::cut);
                    });
        }
    }

    private void any() {
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
            during(2, this::pause);
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

    private void blip() {
        Link link = node().link();
        link.reset();
        time.schedule(time.upTo(100), link::reconnect);
    }

    private void pause() {
        redis.pause();
        time.schedule(time.upTo(2_500), redis::goOn);
    }

    private void silence() {
        Link link = node().link();
        link.silence();
        time.schedule(time.upTo(2_500), link::speak);
    }

    /** Longer than it takes the node to notice, and shorter than its lease. */
    private void split() {
        Link link = node().link();
        log("split");
        link.silence();
        time.schedule(1_000_000_000L + time.upTo(1_500), link::speak);
    }

    @Override
    public void subscribed(SimulatedNode node) {
        boolean isFirstCrash = nodes.stream().noneMatch(SimulatedNode::isCrashed);
        if (trouble == Trouble.SUBSCRIPTIONS && isFirstCrash && time.chance(0.5)) {
            time.schedule(0, () -> crash(node)); // a fiber of the node cannot end it
        }
    }

    private void crash() {
        crash(node());
    }

    private void crash(SimulatedNode node) {
        log("crash of " + node.name());
        node.crash();
        node.link().reset();
        clients.forEach(client -> time.schedule(time.upTo(300), () -> client.crashed(node)));
    }

    @Override
    public void ran(String node, int id, boolean repeatable, boolean known) {
        trace = 31 * trace + id + time.nanos();
        log(node + " runs " + id + (known ? "" : ", which is not written down"));
        runs.merge(id, 1, Integer::sum);
        runners.put(id, node);
        ranAt.put(id, time.millis());
        if (repeatable || !known && trouble != Trouble.BLIPS) { // Redis was away when it began
            unrecorded.add(id);
        }
    }

    @Override
    public void violation(String what) {
        violations.add(time.millis() + " ms: " + what);
    }

    /** Nothing is awaited any more. A former owner may take as long as a touch to find out. */
    private boolean isSettled() {
        return (areAnyLost() || owners() == clients.size())
                && nodes.stream().allMatch(node -> node.isCrashed() || node.isJoined())
                && clients.stream().allMatch(client -> client.isLive() && client.open().isEmpty());
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
                        if (answer.equals("unknown") && !mayBeUnknown(id, client)) {
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

    /**
     * Returns true if the node that ran the call has crashed, or its lease in Redis was over
     * between the begin of the call and the answer: a node without Redis for that long counts as
     * dead.
     */
    private boolean mayBeUnknown(int id, SimulatedClient client) {
        String runner = runners.get(id);
        return hasCrashed(runner)
                || nodes.stream()
                        .anyMatch(node ->
                                node.name().equals(runner)
                                        && node.hadNoLease(ranAt.get(id), client.answeredAt(id)));
    }

    /** A call that no node has run was about to be run by one that has crashed. */
    private boolean hasCrashed(@Nullable String name) {
        return nodes.stream()
                .anyMatch(node -> node.isCrashed() && (name == null || node.name().equals(name)));
    }

    private void checkOwners(String when) {
        // a session that was lost waits for its client
        if (!areAnyLost() && owners() != clients.size()) {
            violation("%d owners of %d sessions, %s".formatted(owners(), clients.size(), when));
        }
    }

    private boolean areAnyLost() {
        return clients.stream().anyMatch(client -> client.lost() > 0);
    }

    private int owners() {
        return nodes.stream()
                .filter(node -> !node.isCrashed())
                .mapToInt(SimulatedNode::owned)
                .sum();
    }

    private void race() {
        redis.slow();
        clients.forEach(client -> client.race(node()));
        time.runFor(Duration.ofSeconds(5));
        clients.forEach(SimulatedClient::endRace);
        time.runFor(Duration.ofSeconds(2));
        checkOwners("after a race");
    }

    private boolean isEmpty() {
        return redis.model().open() == 0
                && nodes.stream().allMatch(node -> node.isCrashed() || node.isEmpty());
    }

    private void checkNothingIsLeft() {
        if (areAnyLost()) {
            return;
        }
        for (SimulatedNode node : nodes) {
            if (!node.isCrashed() && !node.isEmpty()) {
                violation(node.name() + " still has " + node.leftovers());
            }
        }
        if (redis.model().open() > 0) {
            violation("Redis still has sessions");
        }
    }
}
