package io.springline.transport.websocket.jetty;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs a call that came alone on the virtual thread that has read it, once that is done with
 * reading: one thread less to start and to wake.
 *
 * <p>{@link #execute} and {@link #more} are called by the thread that reads; {@link #serve} by it
 * too, but when the next one may be reading already.
 */
public final class InlineExecutor implements Executor {

    private final AtomicReference<@Nullable Runnable> alone = new AtomicReference<>();

    @Override
    public void execute(Runnable call) {
        more();
        alone.set(call);
    }

    /** Another message has been read: what waits did not come alone. */
    void more() {
        Runnable first = take();
        if (first != null) {
            Thread.startVirtualThread(first);
        }
    }

    /** Nothing is left to read for now. */
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
        return alone.get() == null ? null : alone.getAndSet(null);
    }
}
