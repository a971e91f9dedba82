package io.springline.concurrent;

/**
 * A task that may be short enough for a thread that serves many clients, which saves waking another
 * thread. Either {@link #run} or a successful {@link #tryRun} is called, once.
 */
public interface NonBlockingTask extends Runnable {

    /** Runs the task if it does not block; otherwise returns false, and does nothing. */
    boolean tryRun();
}
