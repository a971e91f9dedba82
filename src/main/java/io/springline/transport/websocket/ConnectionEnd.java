package io.springline.transport.websocket;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Handles the end of one connection, once, and not during a message. Jetty may report the end on a
 * thread that is writing to the socket. So a thread of its own handles it.
 *
 * <pre>
 * IDLE ◀─message─▶ HANDLING ──report──▶ REPORTED ──message handled──▶ ENDED
 *  └──report──────────────────────────────────────────────────────────▲
 * </pre>
 */
public final class ConnectionEnd {

    private enum State {
        IDLE,
        HANDLING,
        REPORTED,
        ENDED
    }

    /** Opening the connection counts as the first message. */
    private final AtomicReference<State> state = new AtomicReference<>(State.HANDLING);

    private final Executor threads;
    private volatile @Nullable Runnable handling;

    /**
     * @param threads runs each task on a thread of its own
     */
    public ConnectionEnd(Executor threads) {
        this.threads = threads;
    }

    /**
     * Begins a message. To be called by the reading thread before it handles the message.
     *
     * @return false if the connection has ended, so that the message must be ignored
     */
    public boolean beginMessage() {
        return state.compareAndSet(State.IDLE, State.HANDLING);
    }

    /**
     * Ends a message, and lets the end of the connection be handled if it was reported meanwhile.
     * To be called by the reading thread.
     */
    public void finishMessage() {
        if (!state.compareAndSet(State.HANDLING, State.IDLE)
                && state.compareAndSet(State.REPORTED, State.ENDED)) {
            Runnable reported = handling;
            if (reported != null) {
                threads.execute(reported);
            }
        }
    }

    /** Returns true while a message is handled. The next one is not read before that has ended. */
    public boolean isHandlingMessage() {
        return state.get() == State.HANDLING;
    }

    /**
     * Reports that the connection has ended, and returns at once. Further reports are ignored.
     *
     * @param handle handles the end; called once
     */
    public void report(Runnable handle) {
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
