package io.springline.cluster.node;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The clock and threads of this package. The simulation in the tests replaces them. */
public interface ClusterRuntime {

    ClusterRuntime SYSTEM =
            new ClusterRuntime() {
                @Override
                public long nanoTime() {
                    return System.nanoTime();
                }

                @Override
                public <T> T await(CompletionStage<T> stage, Duration limit)
                        throws InterruptedException, ExecutionException, TimeoutException {
                    return stage.toCompletableFuture().get(limit.toNanos(), TimeUnit.NANOSECONDS);
                }

                @Override
                public void execute(Runnable task) {
                    Thread.ofVirtual().name("cluster").start(task);
                }
            };

    long nanoTime();

    /** Blocks until the stage is complete. Must not be called with a lock held. */
    <T> T await(CompletionStage<T> stage, Duration limit)
            throws InterruptedException, ExecutionException, TimeoutException;

    /** Runs a task on another thread. */
    void execute(Runnable task);
}
