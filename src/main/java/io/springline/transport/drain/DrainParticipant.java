package io.springline.transport.drain;

/**
 * Another transport that {@link GracefulDrain} drains. When it is called, new requests are refused
 * already. The node stops when the transport's connection permits are released, or the time has
 * passed.
 */
public interface DrainParticipant {

    /** Ends what clients can resume on another node. Everything else ends with its answer. */
    void leave();

    /** Returns the number of its connections that {@link #closeIdle} has still to close. */
    default int connections() {
        return 0;
    }

    /**
     * Closes connections without running requests, or any connections after {@link #fail}. Called
     * with each batch of the drain.
     *
     * @param most the maximum number of connections to close
     * @return the number of connections that were closed
     */
    default int closeIdle(int most) {
        return 0;
    }

    /** Answers all requests that still run with an error, because the time is nearly over. */
    void fail();

    /** Returns true while the node should not stop yet, even if no connection is open. */
    default boolean isBusy() {
        return false;
    }
}
