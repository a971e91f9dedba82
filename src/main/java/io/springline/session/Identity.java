package io.springline.session;

import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a session. It is known from the handshake or set later by {@code authenticate}, and
 * renewed with newer credentials of the same principal. Safe for use by many threads.
 */
public final class Identity {

    /** The result of presenting a credential on an open connection. */
    public enum Change {
        /** The caller was unidentified, and is known now. */
        IDENTIFIED,
        /** The credential is a newer one of the same principal. */
        RENEWED,
        /** The credential belongs to another principal; nothing has changed. */
        OTHER_PRINCIPAL,
        /** The principal has reached its limit of connections; nothing has changed. */
        NO_ROOM
    }

    private final Predicate<Caller> admission;
    private final Function<Caller, ProcessorShare> shares;
    private final UnreadMemory unread;
    private volatile Caller caller;
    private volatile ProcessorShare share;
    private @Nullable Instant warnedOf;

    /** Creates an identity that is known from the start and has no limits. */
    public Identity(Caller caller) {
        this(caller, ProcessorShares.unlimited().of(caller.clientAt("")), UnreadMemory.unlimited());
    }

    /** Creates an identity that is known from the start. */
    public Identity(Caller caller, ProcessorShare share, UnreadMemory unread) {
        this(caller, _ -> true, _ -> share, unread);
    }

    /**
     * @param admission called once when an unidentified caller becomes known: returns true if its
     *     limits allow another connection. Called with a lock held, and must not block
     * @param shares returns the share of the processors of a caller; must not block
     * @param unread limits the messages that the caller has not read
     */
    public Identity(
            Caller caller,
            Predicate<Caller> admission,
            Function<Caller, ProcessorShare> shares,
            UnreadMemory unread) {
        this.caller = Objects.requireNonNull(caller, "caller");
        this.admission = Objects.requireNonNull(admission, "admission");
        this.shares = Objects.requireNonNull(shares, "shares");
        this.unread = Objects.requireNonNull(unread, "unread");
        this.share = shares.apply(caller);
    }

    public Caller caller() {
        return caller;
    }

    /** Returns the share of the processors that all sessions of the caller have together. */
    public ProcessorShare share() {
        return share;
    }

    /** Returns a new account of messages that the caller has not read. */
    public UnreadMemory.Account unreadAccount() {
        return unread.account(() -> share.client());
    }

    /** Applies a valid credential. */
    public synchronized Change present(Caller next) {
        if (caller.isUnidentified()) {
            if (!admission.test(next)) {
                return Change.NO_ROOM;
            }
            caller = next;
            share = shares.apply(next);
            return Change.IDENTIFIED;
        }
        if (!caller.name().equals(next.name())) {
            return Change.OTHER_PRINCIPAL;
        }
        caller = next;
        return Change.RENEWED;
    }

    /** Returns true once for each credential, when it expires within {@code ahead}. */
    public synchronized boolean markWarned(Instant now, Duration ahead) {
        Instant expiresAt = caller.expiresAt();
        if (expiresAt == null
                || expiresAt.equals(warnedOf)
                || now.isBefore(expiresAt.minus(ahead))) {
            return false;
        }
        warnedOf = expiresAt;
        return true;
    }

    /** Returns true if the credential has expired. */
    public boolean isExpired() {
        Instant expiresAt = caller.expiresAt();
        return expiresAt != null && System.currentTimeMillis() >= expiresAt.toEpochMilli();
    }
}
