package io.springline.transport.websocket.jetty;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs a call on the virtual thread that has read it, if no further message is available to read.
 * This saves starting a thread for it.
 *
 * <p>The reading thread calls {@link #execute} and {@link #more}, and afterwards {@link #serve}; by
 * then the next thread may be reading already. The selector's thread only calls {@link #more}.
 * Thread-safe.
 */
public final class InlineExecutor implements Executor {

    private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();

    @Override
    public void execute(Runnable call) {
        more();
        waiting.set(call);
    }

    /** Called when another message was read: starts the waiting call on a thread of its own. */
    void more() {
        Runnable first = take();
        if (first != null) {
            Thread.startVirtualThread(first);
        }
    }

    /** Called when nothing is left to read: runs the waiting call. */
    void serve() {
        Runnable call = take();
        if (call == null) {
            return;
        }
        if (Thread.currentThread().isVirtual()) {
            call.run();
        } else {
            Thread.startVirtualThread(call);
        }
    }

    private @Nullable Runnable take() {
        return waiting.get() == null ? null : waiting.getAndSet(null);
    }
}
