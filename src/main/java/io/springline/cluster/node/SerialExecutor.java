package io.springline.cluster.node;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks one at a time, in order. Thread-safe. Accepts no task after {@link #close}. */
public final class SerialExecutor implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SerialExecutor.class);

    private final ClusterRuntime runtime;
    private final int limit;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean running;
    private boolean closed;

    /**
     * @param limit the highest number of waiting tasks
     */
    public SerialExecutor(ClusterRuntime runtime, int limit) {
        this.runtime = runtime;
        this.limit = limit;
    }

    /**
     * Queues a task. Returns false, without running it, if too many tasks wait or the executor is
     * closed.
     */
    public boolean execute(Runnable task) {
        synchronized (this) {
            if (closed || waiting.size() >= limit) {
                return false;
            }
            waiting.add(task);
            if (running) {
                return true;
            }
            running = true;
        }
        runtime.execute(this::runAll);
        return true;
    }

    private void runAll() {
        for (Runnable task; (task = next()) != null; ) {
            try {
                task.run();
            } catch (Throwable e) { // an Error must not stop all later tasks
                log.atError().setCause(e).log("a cluster task failed");
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = waiting.poll();
        running = task != null;
        return task;
    }

    @Override
    public synchronized void close() {
        closed = true;
        waiting.clear();
    }
}
