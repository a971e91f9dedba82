package io.springline.transport.drain;

/** How far a node has come with its drain. */
public enum DrainState {
    /** It has not begun. */
    SERVING,
    /** Not ready any more, but whoever comes is served. */
    LEAVING,
    /** Nobody gets in; connections are closed, one batch after the other. */
    DRAINING,
    /** No connection is left. */
    DRAINED
}
