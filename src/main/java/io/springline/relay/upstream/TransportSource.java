package io.springline.relay.upstream;

import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.stdio.ProcessStarts;
import io.springline.session.Caller;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A source of transports to one upstream: each connection uses one of them. Thread-safe. */
@FunctionalInterface
public interface TransportSource {

    /**
     * Creates the transport of the next connection.
     *
     * @throws IOException if there is none at the moment
     */
    UpstreamTransport create() throws IOException;

    /** Returns a source of transports that act for this caller. */
    default TransportSource actingFor(Caller caller) {
        return this;
    }

    /**
     * Returns since when the upstream has been away, if it has to connect by itself; null if it is
     * here, or an attempt to connect can be made. A connection may outlive its absence. Never
     * blocks; called under a lock.
     */
    default @Nullable Absence absence() {
        return null;
    }

    /**
     * Returns what limits how many processes start at the same time, or null if the transports
     * start no process on this machine.
     */
    default @Nullable ProcessStarts starts() {
        return null;
    }

    /**
     * Returns how many probes in a row may stay without an answer before the connection is closed.
     */
    default int toleratedSilences() {
        return 0;
    }
}
