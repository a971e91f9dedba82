package io.springline.transport.websocket;

import ch.qos.logback.classic.Level;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Thousands of interleavings of clients that resume at one node: {@code -Dsimulation.seeds=100000}
 * for more, {@code -Dsimulation.seed=…} for one again.
 */
class ResumeSimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 1_000);

    /** What the service logs would be a thousand lines for each seed. */
    @BeforeAll
    static void beQuiet() {
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("io.springline"))
                .setLevel(Level.INFO);
    }

    @Test
    void keepsItsGuaranteesInEachInterleaving() {
        Long one = Long.getLong("simulation.seed");
        long[] seeds = one == null ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {one};
        long started = System.nanoTime();
        for (long seed : seeds) {
            run(seed);
        }
        System.out.printf(
                "%d seeds, %.0f a second%n",
                seeds.length, seeds.length / ((System.nanoTime() - started) / 1e9));
    }

    private static void run(long seed) {
        try (var simulation = new ResumeSimulation(seed)) {
            simulation.run();
        } catch (Throwable e) {
            throw new AssertionError("-Dsimulation.seed=" + seed, e);
        }
    }
}
