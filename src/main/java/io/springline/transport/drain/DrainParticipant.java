package io.springline.transport.drain;

/**
 * A transport beside WebSockets, to be emptied by {@link GracefulDrain}. It takes no more requests
 * by then; the node stops when its connection permits have been given back, or when time is over.
 */
public interface DrainParticipant {

    /** Ends what clients can resume at another node; the rest ends with its answers. */
    void leave();

    /** Time is nearly over: answers what is still at work with an error. */
    void fail();
}
