package io.springline.relay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Closed loops: each client calls as soon as its last call has been answered. */
final class LoadLoop {

    /** One call from its request to its answer; used by one thread. */
    @FunctionalInterface
    interface Client {
        void call() throws Exception;
    }

    /**
     * @param nanos of each call, sorted
     */
    record Result(long[] nanos, double seconds) {

        int calls() {
            return nanos.length;
        }

        double callsPerSecond() {
            return nanos.length / seconds;
        }

        double micros(double quantile) {
            return nanos[(int) (quantile * (nanos.length - 1))] / 1e3;
        }
    }

    private LoadLoop() {}

    static Result run(List<? extends Client> clients, Duration time) throws Exception {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        var loops = new ArrayList<Callable<long[]>>();
        clients.forEach(client -> loops.add(() -> loop(client, end)));
        try (var threads = Executors.newFixedThreadPool(clients.size())) {
            var all = new long[0];
            for (Future<long[]> loop : threads.invokeAll(loops)) {
                long[] some = loop.get();
                int before = all.length;
                all = Arrays.copyOf(all, before + some.length);
                System.arraycopy(some, 0, all, before, some.length);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            Arrays.sort(all);
            return new Result(all, seconds);
        }
    }

    private static long[] loop(Client client, long end) throws Exception {
        var nanos = new long[1 << 16];
        int calls = 0;
        for (long now = System.nanoTime(); now < end; calls++) {
            client.call();
            long after = System.nanoTime();
            if (calls == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * calls);
            }
            nanos[calls] = after - now;
            now = after;
        }
        return Arrays.copyOf(nanos, calls);
    }
}
