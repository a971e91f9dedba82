package io.springline.relay;

import io.springline.relay.upstream.UpstreamCounters;

/** Receives upstreams that are added and removed while the service runs. Must not block. */
public interface AttachmentListener {

    default void attached(UpstreamCounters upstream) {}

    default void detached(UpstreamCounters upstream) {}
}
