package io.springline.resume.store;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.util.List;

/**
 * The owner's write access to its session in the {@link SessionStore}. Writes are queued in the
 * order of the calls, and callers may hold the lock of the session: no method calls back on its
 * thread, and only {@link Written#await} blocks. Once another node owns the session, only {@link
 * #forward} has an effect.
 */
public interface SessionLease {

    /** The result of a write. */
    enum Outcome {
        /** The store has the write. */
        KEPT,
        /** The store is unreachable: only this node has the write. */
        ALONE,
        /** Another node owns the session. */
        LOST
    }

    /** A queued write. */
    interface Written {

        /**
         * Blocks for a bounded time, after which the store counts as unreachable. For {@link
         * #running} it may block until the thread is interrupted, by the time-out of the request.
         */
        Outcome await() throws InterruptedException;

        /** Returns true once the store has the write. */
        boolean isKept();

        static Written of(Outcome outcome) {
            return new Written() {
                @Override
                public Outcome await() {
                    return outcome;
                }

                @Override
                public boolean isKept() {
                    return outcome == Outcome.KEPT;
                }
            };
        }
    }

    /**
     * Returns the fencing token: how many owners the session has had, this one included; from 1.
     */
    long fence();

    /**
     * Returns the number of messages that this owner has in common with the one before: up to this
     * number both have counted the same messages.
     */
    long before();

    /** Writes the digests of the only tokens that can resume the session. */
    Written tokens(List<String> digests);

    /** Writes that this node is about to run the request. */
    Written running(RequestId request);

    /**
     * Writes a numbered message. If it is an answer, its request is not running any more.
     *
     * @param number one more than the number before
     */
    void sent(long number, Outbound message);

    /** Writes that the client has received all messages up to this number. */
    void acknowledged(long number);

    /** Writes that a request has ended and its answer, if any, is acknowledged. */
    void settled(RequestId request);

    /** Writes the state of the session, replacing the one before. */
    Written state(SessionState state);

    /** Removes a forwarded message that was delivered or is not wanted. */
    void taken(String entry);

    /** Lets the {@link SessionStore.Listener} receive notices for the session. */
    void ready();

    /**
     * Delivers forwarded messages whose notice may have been lost.
     *
     * @param then called after the messages, unless the store cannot be read or is being read
     *     already
     */
    void poll(Runnable then);

    /**
     * Records that another node owns the session and that the caller keeps no messages of it. A
     * write that fails from now on counts as refused.
     *
     * @return true if the new owner may lack messages that were written: the store was unreachable
     *     since the lease began, or has missed a write. The caller then forwards its answers
     */
    boolean release();

    /** Returns true once a write was refused: another node owns the session. */
    boolean isLost();

    /**
     * Forwards a message of a call that still runs here to the owner; for a former owner. Of
     * several answers to a request, the owner takes the first.
     */
    void forward(Outbound message);

    /** Sends a client's message to the node that runs a call, at most once; for the owner. */
    void tell(String node, byte[] message);

    /** Ends the session, and keeps the reason for its client. */
    void end(Reason reason);

    /** Stops writing, because this node stops. The session stays in the store for its client. */
    void park();
}
