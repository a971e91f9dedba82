package io.springline.session;

import java.util.UUID;

/**
 * The clock, threads and session ids of resumable sessions. The simulation in the tests replaces
 * them.
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

    /** Returns an unguessable session id, a UUID. */
    default String newSessionId() {
        return UUID.randomUUID().toString();
    }

    /** Runs a task on another thread. */
    void execute(Runnable task);
}
