package io.springline.relay;

import io.springline.relay.client.UpstreamTransport;
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

    /**
     * Returns why no transport can be created now, if the upstream has to connect by itself; null
     * if an attempt can be made. Never blocks; called under a lock.
     */
    default @Nullable Absence absence() {
        return null;
    }
}
