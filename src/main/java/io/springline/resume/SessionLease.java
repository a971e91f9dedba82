package io.springline.resume;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.ResumeResult.Reason;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.util.List;

/**
 * An owner's write access to its session in the {@link SessionStore}. What is written is queued in
 * the order of the calls, which may hold the lock of the session: nothing is called back on their
 * thread, and nothing but {@link Written#await} blocks. Once the session belongs to another node,
 * all of it has no effect, except {@link #forward}.
 */
public interface SessionLease {

    /** What became of something that was written. */
    enum Outcome {
        /** The store has it. */
        KEPT,
        /** The store is away: this node alone has it. */
        ALONE,
        /** The session belongs to another node. */
        LOST
    }

    @FunctionalInterface
    interface Written {

        /** Waits for a bounded time, after which the store is taken to be away. */
        Outcome await() throws InterruptedException;
    }

    /** How often the session has had an owner, this one included: from 1. */
    long fence();

    /** From now on the session can be resumed with these tokens alone. */
    Written tokens(List<String> digests);

    /** A request is about to be run on this node. */
    Written running(RequestId request);

    /**
     * A message was counted; if it is an answer, its request is not running any more.
     *
     * @param number one more than the one before
     */
    void sent(long number, Outbound message);

    /** The client has all messages up to this one. */
    void acknowledged(long number);

    /** A request is over and done with. */
    void settled(RequestId request);

    /** Replaces what was agreed on. */
    Written state(SessionState state);

    /** An arrival has been counted, or is not wanted. */
    void taken(String entry);

    /** The session can be found by the {@link SessionStore.Listener} from now on. */
    void ready();

    /**
     * Delivers the arrivals whose notice may have been lost.
     *
     * @param then called after them, if the store could be asked; not while it is being asked
     */
    void poll(Runnable then);

    /**
     * Returns true if the store was away meanwhile: what it has confirmed may be unknown to another
     * node that owns the session, which may have claimed it before the store lost everything.
     */
    boolean wasInterrupted();

    /** Returns true once a write was refused: another node owns the session. */
    boolean isLost();

    /**
     * For a former owner: sends the owner a message of a call that still runs here. An answer is
     * passed over unless it is the first of its request.
     */
    void forward(Outbound message);

    /** For the owner: tells the node that runs a call what its client said of it; at most once. */
    void tell(String node, byte[] message);

    /** The session is over; why is kept for its client. */
    void end(Reason reason);

    /** This node stops: nothing more is written, and the session waits for its client. */
    void park();
}
