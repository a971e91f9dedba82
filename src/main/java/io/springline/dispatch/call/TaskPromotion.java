package io.springline.dispatch.call;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides, once for all threads, whether the handler of a call goes on as a task.
 *
 * <pre>
 * OPEN ──begin──▶ PROMOTING ──promoted──▶ TASK
 *  │ ▲                │
 *  │ └────failed──────┘
 *  ├──close──▶ CLOSED     the request is answered as usual
 *  ◀──reopen──┘           the handler continues under the client's next request
 * </pre>
 *
 * Thread-safe.
 */
public final class TaskPromotion {

    private enum Phase {
        OPEN,
        PROMOTING,
        TASK,
        CLOSED
    }

    private Phase phase = Phase.OPEN;
    private @Nullable CallTask task;

    /**
     * Returns true if the caller is to promote, and to report {@link #promoted} or {@link #failed}.
     */
    public synchronized boolean begin() {
        if (phase != Phase.OPEN) {
            return false;
        }
        phase = Phase.PROMOTING;
        return true;
    }

    synchronized void promoted(CallTask created) {
        phase = Phase.TASK;
        task = Objects.requireNonNull(created, "created");
        notifyAll();
    }

    public synchronized void failed() {
        phase = Phase.OPEN;
        notifyAll();
    }

    /**
     * Prevents later promotions, and blocks while one is under way, which takes a bounded time.
     *
     * @return the task, or null if the call has not become one
     */
    synchronized @Nullable CallTask close() {
        boolean interrupted = false;
        while (phase == Phase.PROMOTING) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (phase == Phase.OPEN) {
            phase = Phase.CLOSED;
        }
        return task;
    }

    synchronized void reopen() {
        if (phase == Phase.CLOSED) {
            phase = Phase.OPEN;
        }
    }

    synchronized @Nullable CallTask task() {
        return task;
    }
}
