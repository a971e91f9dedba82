package io.springline.session;

import java.util.UUID;

/**
 * The clock, the threads and the source of chance of resumable sessions. The simulation in the
 * tests replaces them.
 */
public interface SessionRuntime {

    SessionRuntime SYSTEM =
            new SessionRuntime() {
                @Override
                public long nanoTime() {
                    return System.nanoTime();
                }

                @Override
                public void execute(Runnable task) {
                    Thread.startVirtualThread(task);
                }
            };

    long nanoTime();

    /** Returns an id that nobody can guess. */
    default String newSessionId() {
        return UUID.randomUUID().toString();
    }

    /** Runs a task on a thread of its own. */
    void execute(Runnable task);
}
