package io.springline.transport.handshake;

import io.springline.session.Caller;
import java.util.concurrent.atomic.AtomicBoolean;

/** The right to one connection: given back exactly once, whoever tries first and however often. */
public final class ConnectionPermit {

    private final ConnectionLimits limits;
    private volatile Caller caller;
    private final String address;
    private final AtomicBoolean released = new AtomicBoolean();

    ConnectionPermit(ConnectionLimits limits, Caller caller, String address) {
        this.limits = limits;
        this.caller = caller;
        this.address = address;
    }

    Caller caller() {
        return caller;
    }

    /** By {@link ConnectionLimits#identify} alone. */
    void caller(Caller known) {
        caller = known;
    }

    /** The client has said who it is; false when that principal has no room. */
    public boolean identify(Caller known) {
        return limits.identify(this, known);
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
        }
    }
}
