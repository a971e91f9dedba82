package io.springline.transport.websocket;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Handles the end of one connection once, and after the message that is being handled. Jetty
 * reports an end on any thread: also on one that is writing to the socket, in the middle of
 * whatever wanted to write. The end is never handled there.
 *
 * <pre>
 * IDLE ◀─message─▶ HANDLING ──report──▶ REPORTED ──message handled──▶ ENDED
 *   └──report: on a thread of its own─────────────────────────────────▲
 * </pre>
 */
final class ConnectionEnd {

    private enum State {
        IDLE,
        HANDLING,
        REPORTED,
        ENDED
    }

    /** The opening counts as a message. */
    private final AtomicReference<State> state = new AtomicReference<>(State.HANDLING);

    private final Executor threads;
    private volatile @Nullable Runnable handling;

    /**
     * @param threads runs each task on a thread of its own
     */
    ConnectionEnd(Executor threads) {
        this.threads = threads;
    }

    /**
     * To be called before a message is handled, by the thread that reads.
     *
     * @return false if the connection has ended: the message is not to be handled
     */
    boolean beginMessage() {
        return state.compareAndSet(State.IDLE, State.HANDLING);
    }

    /**
     * To be called after a message was handled, by the thread that reads: handles a reported end.
     */
    void finishMessage() {
        if (!state.compareAndSet(State.HANDLING, State.IDLE)
                && state.compareAndSet(State.REPORTED, State.ENDED)) {
            Runnable reported = handling;
            if (reported != null) {
                reported.run();
            }
        }
    }

    /** Returns true while a message is handled: the next one is not read before. */
    boolean isHandlingMessage() {
        return state.get() == State.HANDLING;
    }

    /** The connection is gone. Returns at once; a second report is passed over. */
    void report(Runnable handle) {
        while (true) {
            switch (state.get()) {
                case IDLE -> {
                    if (state.compareAndSet(State.IDLE, State.ENDED)) {
                        threads.execute(handle);
                        return;
                    }
                }
                case HANDLING -> {
                    handling = handle;
                    if (state.compareAndSet(State.HANDLING, State.REPORTED)) {
                        return;
                    }
                }
                case REPORTED, ENDED -> {
                    return;
                }
            }
        }
    }
}
