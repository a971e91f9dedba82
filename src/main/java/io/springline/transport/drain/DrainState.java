package io.springline.transport.drain;

/** The state of a node's drain. */
public enum DrainState {
    /** No drain has begun. */
    SERVING,
    /** The node reports that it is not ready, but still serves new connections. */
    LEAVING,
    /** New connections are refused, and open ones are closed in batches. */
    DRAINING,
    /** All connections are closed. */
    DRAINED
}
