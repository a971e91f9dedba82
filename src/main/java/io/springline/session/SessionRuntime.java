package io.springline.session;

/** The clock and the threads of resumable sessions. The simulation in the tests replaces both. */
interface SessionRuntime {

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

    /** Runs a task on a thread of its own. */
    void execute(Runnable task);
}
