package io.springline.resume.store;

import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.session.Outbound;
import org.jspecify.annotations.Nullable;

/**
 * Storage that lets resumable sessions outlive their node. Each session has one owner, the node to
 * which its client is connected. A claim makes another node the owner; the writes of the former
 * owner are refused from then on. Safe for use by many threads.
 */
public interface SessionStore {

    /** The properties of a session that never change. */
    record Binding(String session, String principal, String endpoint, String epoch) {

        /** The epoch of sessions that the client names with each request. */
        public static final String NAMED = "00000000-http";

        /**
         * Returns true if the client names the session with each request (HTTP). Such a session has
         * one token and no acknowledgements from its client, and its client may use the id of an
         * ended request again.
         */
        public boolean isNamed() {
            return epoch.equals(NAMED);
        }
    }

    /**
     * A client's attempt to resume a session.
     *
     * @param digest the digest of the token that the client shows
     * @param nextDigest the digest of the token that the client receives if the claim succeeds
     * @param received the number of the last message that the client has received, at least 0
     * @param granter the fencing token of the owner that has granted the token, and whose count
     *     {@code received} is; 0 if that is not known
     */
    record Attempt(Binding binding, String digest, String nextDigest, long received, long granter) {

        public Attempt(Binding binding, String digest, String nextDigest, long received) {
            this(binding, digest, nextDigest, received, 0);
        }

        /**
         * Returns the number of messages that the client has received for certain. A client that
         * names the session with each request (HTTP) does not count them.
         */
        public long known() {
            return binding.isNamed() ? 0 : received;
        }
    }

    /**
     * A new session.
     *
     * @param outcome {@link Outcome#KEPT} if other nodes can claim it
     */
    record Opened(SessionLease lease, Outcome outcome) {}

    sealed interface Claim {}

    /** This node owns the session now. */
    record Claimed(SessionLease lease, StoredSession session) implements Claim {}

    /** The claim is refused, and nothing has changed. */
    record Denied(Reason reason) implements Claim {}

    /**
     * The store is unreachable, or does not know all sessions yet; or this node has claimed the
     * session again since.
     */
    record Away() implements Claim {}

    /**
     * A message of a call that a former owner runs.
     *
     * @param entry identifies the message for {@link SessionLease#taken}
     */
    record ForwardedMessage(String entry, Outbound message) {}

    /**
     * Receives the store's notices. Threads of the store call it, one call at a time for each
     * session. It may block for a moment.
     */
    interface Listener {

        /**
         * Reports that another node owns this session.
         *
         * @param fence the fencing token of the lost lease. This node may have claimed the session
         *     again since
         */
        void moved(String session, long fence);

        /**
         * Delivers a forwarded message to the owner. The message is delivered again until {@link
         * SessionLease#taken} is called for it.
         *
         * @param fence the fencing token of the lease to which the message belongs
         */
        void arrived(String session, long fence, ForwardedMessage arrival);

        /**
         * Delivers a message that the client has sent to the owner to the node that runs the call.
         * Does not block.
         */
        void told(String session, byte[] message);

        /**
         * Returns all of a session for a store that has missed some of it, or null if this node
         * does not own the session with this fencing token.
         */
        @Nullable StoredSession snapshot(String session, long fence);
    }

    /** Returns the name of this node, unique among all nodes that use the store or ever did. */
    String node();

    /** Returns true if other nodes can claim the sessions of this node now. */
    boolean isShared();

    /**
     * Returns true if this node has not reached the store for so long that other nodes count it as
     * dead.
     */
    boolean isIsolated();

    /** Sets the listener. To be called once, before any other method. */
    void listen(Listener listener);

    /**
     * Creates a session that this node owns. Blocks for a bounded time, until other nodes can claim
     * it or the store counts as unreachable.
     */
    Opened open(Binding binding, StoredSession session) throws InterruptedException;

    /**
     * Makes this node the owner of a session, whichever node owned it before. Blocks for a bounded
     * time.
     */
    Claim claim(Attempt attempt) throws InterruptedException;

    /**
     * Returns false if the node is dead, so that its calls will never be answered. Does not block.
     */
    boolean checkAlive(String node);
}
