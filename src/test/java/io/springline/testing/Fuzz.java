package io.springline.testing;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Tries random input for a while. Each attempt has a seed of its own, so that one that fails can be
 * repeated alone: {@code -Dfuzz.seed=…}. Half of the time goes to seeds that are the same in every
 * run, half to new ones; {@code -Dfuzz.seconds=600} for longer.
 */
public final class Fuzz {

    private static final long FIXED = 20_260_728;
    private static final long MILLIS = Long.getLong("fuzz.seconds", 1) * 1000;
    private static final @Nullable Long REPLAY = Long.getLong("fuzz.seed");

    /** One attempt; whatever it throws is a finding. */
    @FunctionalInterface
    public interface Attempt {
        /**
         * @param random the only source of what is tried
         * @param trace to be told what is tried, before it is
         */
        void run(Random random, Trace trace) throws Exception;
    }

    /** What an attempt has sent so far; the end of it is shown when the attempt fails. */
    public static final class Trace {
        private static final int SHOWN = 4000;
        private final StringBuilder inputs = new StringBuilder();

        public synchronized void add(String input) {
            inputs.append("\n  ")
                    .append(input, 0, Math.min(input.length(), SHOWN))
                    .append(input.length() > SHOWN ? "… (" + input.length() + ")" : "");
            if (inputs.length() > 10 * SHOWN) {
                inputs.delete(0, inputs.length() - 5 * SHOWN);
            }
        }

        @Override
        public synchronized String toString() {
            return inputs.substring(Math.max(0, inputs.length() - SHOWN));
        }
    }

    private Fuzz() {}

    /**
     * @throws AssertionError with seed and input of the first attempt that failed
     */
    public static void search(String what, Attempt attempt) {
        if (REPLAY != null) {
            run(what, REPLAY, attempt);
            return;
        }
        int fixed = searchFrom(FIXED, what, attempt);
        long start = System.nanoTime();
        int fresh = searchFrom(start, what, attempt);
        System.out.printf(
                "fuzz %s: %d attempts from seed %d, %d from seed %d%n",
                what, fixed, FIXED, fresh, start);
    }

    private static int searchFrom(long start, String what, Attempt attempt) {
        long end = System.nanoTime() + MILLIS * 1_000_000 / 2;
        int attempts = 0;
        while (attempts == 0 || System.nanoTime() < end) {
            run(what, start + attempts, attempt);
            attempts++;
        }
        return attempts;
    }

    private static void run(String what, long seed, Attempt attempt) {
        var trace = new Trace();
        try {
            attempt.run(new Random(seed), trace);
        } catch (Throwable thrown) {
            throw new AssertionError(
                    "fuzz %s: replay by -Dfuzz.seed=%d%n  %s%nafter%s"
                            .formatted(what, seed, thrown, trace),
                    thrown);
        }
    }
}
