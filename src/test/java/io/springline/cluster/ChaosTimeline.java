package io.springline.cluster;

import io.springline.testing.RunningJar;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/** The latest events of a chaos test. If an action fails, prints them and the nodes' logs. */
final class ChaosTimeline {

    private static final int EVENTS = 400;
    private static final int LOG_LINES = 600;

    private final ArrayDeque<String> events = new ArrayDeque<>();

    interface Action<T> {
        T run() throws Exception;
    }

    synchronized void add(String event) {
        events.add(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + event);
        if (events.size() > EVENTS) {
            events.remove();
        }
    }

    <T> T during(Supplier<List<RunningJar>> nodes, Action<T> action) throws Exception {
        try {
            return action.run();
        } catch (Exception | AssertionError e) {
            add("failed: " + e);
            print();
            for (RunningJar node : nodes.get()) {
                List<String> lines = node.log().lines().toList();
                System.out.println("chaos: the end of the log of " + node.uri());
                lines.stream()
                        .skip(Math.max(0, lines.size() - LOG_LINES))
                        .forEach(System.out::println);
            }
            throw e;
        }
    }

    private synchronized void print() {
        System.out.println("chaos: the latest events");
        events.forEach(System.out::println);
    }
}
