package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.cluster.OwnershipSimulation.Trouble;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Many simulated runs, each reproducible: {@code -Dsimulation.seed=N} runs one seed, {@code
 * -Dsimulation.seeds=N} that many; {@code simulation.splits} and {@code simulation.each} set the
 * number for the other tests.
 */
class OwnershipSimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 500);
    private static final int EACH = Integer.getInteger("simulation.each", 100);

    @Test
    void keepsItsPromisesWhateverHappensBetweenNodesAndRedis() throws Exception {
        Long only = Long.getLong("simulation.seed");
        holds(Trouble.ANY, only == null ? LongStream.rangeClosed(1, SEEDS) : LongStream.of(only));
    }

    @Test
    void givesASessionToOneOfTwoAttemptsWhenRedisIsSlow() throws Exception {
        holds(Trouble.NONE, LongStream.rangeClosed(1, EACH));
    }

    @Test
    void answersCallsWhoseSessionMovesWhileTheyRun() throws Exception {
        holds(Trouble.MOVES, LongStream.rangeClosed(1, EACH));
    }

    @Test
    void acknowledgesASubscriptionWhoseNodeCrashesBeforeItDoes() throws Exception {
        Long only = Long.getLong("simulation.seed");
        holds(
                Trouble.SUBSCRIPTIONS,
                only == null ? LongStream.rangeClosed(1, EACH) : LongStream.of(only));
    }

    @Test
    void forwardsAnswersAlthoughRedisComesAndGoesAfterAMove() throws Exception {
        Long only = Long.getLong("simulation.seed");
        // 230, 1556: Redis executes the write that a call runs, but its answer is lost, and another
        // node claims the session, once or twice, before the write is repeated
        // 12997: an answer is ready while Redis has been away and a refusal is on its way
        holds(
                Trouble.INTERRUPTED_MOVES,
                only == null
                        ? LongStream.concat(
                                LongStream.rangeClosed(1, EACH), LongStream.of(230, 1556, 12997))
                        : LongStream.of(only));
    }

    @Test
    void runsNoCallTwiceWhenRedisIsLostForAMoment() throws Exception {
        Long only = Long.getLong("simulation.seed");
        holds(Trouble.BLIPS, only == null ? LongStream.rangeClosed(1, EACH) : LongStream.of(only));
    }

    @Test
    void keepsItsPromisesWhileNodesAreSplitFromRedis() throws Exception {
        Long only = Long.getLong("simulation.seed");
        int seeds = Integer.getInteger("simulation.splits", 150);
        // 175: a node claims a session again before it has repeated the writes that Redis missed
        holds(
                Trouble.SPLITS,
                only == null
                        ? LongStream.concat(LongStream.rangeClosed(1, seeds), LongStream.of(175))
                        : LongStream.of(only));
    }

    private static void holds(Trouble trouble, LongStream seeds) throws Exception {
        Map<Long, List<String>> violations = new ConcurrentSkipListMap<>();
        long begun = System.nanoTime();
        var atOnce = new Semaphore(Runtime.getRuntime().availableProcessors());
        long count = 0;
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long seed : seeds.toArray()) {
                atOnce.acquire();
                count++;
                executor.execute(() -> {
                    try {
                        List<String> found = OwnershipSimulation.run(seed, trouble);
                        if (!found.isEmpty()) {
                            violations.put(seed, found);
                        }
                    } finally {
                        atOnce.release();
                    }
                });
            }
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf("%s: %d seeds, %.0f a second%n", trouble, count, count / seconds);
        assertThat(new TreeMap<>(violations)).as("seeds and what they violate").isEmpty();
    }

    @Test
    void runsTheSameForTheSameSeed() {
        for (long seed = 1; seed <= 20; seed++) {
            assertThat(OwnershipSimulation.trace(seed)).isEqualTo(OwnershipSimulation.trace(seed));
        }
    }
}
