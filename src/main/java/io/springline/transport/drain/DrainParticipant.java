package io.springline.transport.drain;

/**
 * Another transport that {@link GracefulDrain} drains. When it is called, new requests are refused
 * already. The node stops when the transport's connection permits are released, or the time has
 * passed.
 */
public interface DrainParticipant {

    /** Ends what clients can resume on another node. Everything else ends with its answer. */
    void leave();

    /** Answers all requests that still run with an error, because the time is nearly over. */
    void fail();

    /** Returns true while the node should not stop yet, even if no connection is open. */
    default boolean isBusy() {
        return false;
    }
}
