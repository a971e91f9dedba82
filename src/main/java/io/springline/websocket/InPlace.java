package io.springline.websocket;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs a call that came alone on the virtual thread that has read it, once that is done with
 * reading: one thread less to start and to wake. Calls that came together start on threads of their
 * own, in their order.
 *
 * <p>{@link #execute} and {@link #more} are called by the thread that reads; {@link #serve} by it
 * too, but when the next one may be reading already.
 */
final class InPlace implements Executor {

    private @Nullable Runnable alone;
    private boolean together;

    @Override
    public synchronized void execute(Runnable call) {
        more();
        if (together) {
            Thread.startVirtualThread(call);
        } else {
            alone = call;
        }
    }

    /** Another message has been read: what waits did not come alone. */
    synchronized void more() {
        Runnable first = alone;
        if (first != null) {
            alone = null;
            together = true;
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

    private synchronized @Nullable Runnable take() {
        Runnable call = alone;
        alone = null;
        together = false;
        return call;
    }
}
