package io.springline.resume.connection;

import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import java.util.List;

/**
 * The tokens that can resume one session, here and in the store. Each change is queued for the
 * {@linkplain SessionLease store}, without waiting for it. Not safe for use by many threads: the
 * connection guards it. Only {@link #isNewestAlone} may be called by any thread.
 */
final class StoredTokens {

    private final SessionLease lease;
    private final ResumeTokens tokens;

    /** The write after which the store has no token but the one of the attached socket. */
    private volatile Written confirmation = Written.of(Outcome.KEPT);

    StoredTokens(SessionLease lease, ResumeTokens tokens) {
        this.lease = lease;
        this.tokens = tokens;
    }

    /** Returns true if the token with this digest can resume the session. */
    boolean isGood(String digest) {
        return tokens.isGood(digest);
    }

    /** Writes a token to the store before the client receives it. */
    Written offer(String digest) {
        tokens.offer(digest);
        return write();
    }

    /** Adds a token that the store has already. The token that was just used stays good. */
    void rotate(String used, String next) {
        confirmation = Written.of(Outcome.ALONE);
        tokens.rotate(used, next);
        write();
    }

    /** Drops all tokens but the newest, since the client has it. */
    void confirm() {
        tokens.confirm();
        confirmation = write();
    }

    /** Returns true if the store is known to have no token but the newest. */
    boolean isNewestAlone() {
        return confirmation.isKept();
    }

    /** Returns the digests for the store. */
    List<String> digests() {
        return tokens.digests();
    }

    private Written write() {
        return lease.tokens(tokens.digests());
    }
}
