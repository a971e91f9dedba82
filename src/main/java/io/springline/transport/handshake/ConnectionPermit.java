package io.springline.transport.handshake;

import io.springline.session.Caller;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The permission for one connection. {@link #release} may be called several times, from any thread;
 * only the first call counts.
 */
public final class ConnectionPermit {

    private final ConnectionLimits limits;
    private volatile Caller caller;
    private final String address;
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile Runnable onRelease = () -> {};

    ConnectionPermit(ConnectionLimits limits, Caller caller, String address) {
        this.limits = limits;
        this.caller = caller;
        this.address = address;
    }

    Caller caller() {
        return caller;
    }

    /** To be called only by {@link ConnectionLimits#identify}. */
    void caller(Caller known) {
        caller = known;
    }

    /**
     * Counts the permit for the principal that the client has authenticated as. Returns false, with
     * nothing changed, if the principal's limit is reached.
     */
    public boolean identify(Caller known) {
        return limits.identify(this, known);
    }

    /** Sets what else ends with the permit. To be called before the upgrade. */
    public void onRelease(Runnable action) {
        onRelease = action;
    }

    boolean isReleased() {
        return released.get();
    }

    public String address() {
        return address;
    }

    public void release() {
        if (released.compareAndSet(false, true)) {
            limits.release(this);
            onRelease.run();
        }
    }
}
