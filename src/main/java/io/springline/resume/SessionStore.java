package io.springline.resume;

import io.springline.resume.ResumeResult.Reason;
import io.springline.session.Outbound;
import org.jspecify.annotations.Nullable;

/**
 * Where resumable sessions outlive their node. Each has one owner, the node that its client is
 * connected to; a claim makes another node the owner, and from then on what the former one writes
 * is refused. Safe for use by many threads.
 */
public interface SessionStore {

    /** What stays the same as long as a session lives. */
    record Binding(String session, String principal, String endpoint, String epoch) {

        /** The epoch of sessions that the client names with each request. */
        static final String NAMED = "00000000-http";

        /**
         * Returns whether the client names the session with each request, as HTTP clients do. It
         * has one token, acknowledges nothing, and may use an id again once that request is over.
         */
        boolean isNamed() {
            return epoch.equals(NAMED);
        }
    }

    /**
     * @param digest of the token that the client shows
     * @param nextDigest of the token that it is given if it succeeds
     * @param received the last message that the client has, at least 0
     */
    record Attempt(Binding binding, String digest, String nextDigest, long received) {}

    sealed interface Claim {}

    /** The session belongs to this node now. */
    record Claimed(SessionLease lease, StoredSession session) implements Claim {}

    /** Nothing has changed. */
    record Denied(Reason reason) implements Claim {}

    /**
     * The store cannot be asked at present, or does not know yet what it should; or this node has
     * claimed the session once more meanwhile.
     */
    record Away() implements Claim {}

    /**
     * A message of a call that a former owner runs.
     *
     * @param entry names it for {@link SessionLease#taken}
     */
    record ForwardedMessage(String entry, Outbound message) {}

    /** Called one at a time for each session, by threads of the store; may block for a moment. */
    interface Listener {

        /**
         * Another node owns this session.
         *
         * @param fence of the lease that is good no longer; this node may have claimed it again
         */
        void moved(String session, long fence);

        /**
         * For the owner. The arrival comes again until {@link SessionLease#taken} is called for it.
         *
         * @param fence of the lease that it is for
         */
        void arrived(String session, long fence, ForwardedMessage arrival);

        /** For the node that runs a call: what the client said of it to the owner. */
        void told(String session, byte[] message);

        /**
         * Returns all of a session, for a store that has missed some of it; null if this node does
         * not have it by the lease with this fence.
         */
        @Nullable StoredSession snapshot(String session, long fence);
    }

    /** Names this node among all that use the store, or ever did. */
    String node();

    /** Whether other nodes can, at present, claim what this one keeps. */
    boolean isShared();

    /** To be called once, before anything else. */
    void listen(Listener listener);

    /**
     * Begins to keep a session of this node. Blocks for a bounded time, until other nodes can claim
     * it or the store is taken to be away.
     *
     * @param digest of the token that it can be resumed with
     */
    SessionLease open(Binding binding, String digest) throws InterruptedException;

    /** Makes this node the owner, whoever was before. Blocks for a bounded time. */
    Claim claim(Attempt attempt) throws InterruptedException;

    /** Whether what this node has begun may still come to its end. Does not block. */
    boolean isAlive(String node);
}
