package io.springline.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a session speaks: known from the handshake, or told later, and renewed as often
 * as the client likes; but never another principal's. Safe for use by many threads.
 */
public final class Identity {

    /** What became of a credential that a client presented on its open connection. */
    public enum Change {
        /** Until now it was not known who is calling. */
        IDENTIFIED,
        /** The same principal, with a newer credential. */
        RENEWED,
        /** Somebody else; nothing has changed. */
        OTHER_PRINCIPAL,
        /** The principal has as many connections as it may; nothing has changed. */
        NO_ROOM
    }

    private final Predicate<Caller> admission;
    private final Function<Caller, ProcessorShare> shares;
    private volatile Caller caller;
    private volatile ProcessorShare share;
    private @Nullable Instant warnedOf;

    /** One that is known from the start, and that nothing holds back. */
    public Identity(Caller caller) {
        this(caller, ProcessorShares.unlimited().of(caller, ""));
    }

    /** One that is known from the start. */
    public Identity(Caller caller, ProcessorShare share) {
        this(caller, _ -> true, _ -> share);
    }

    /**
     * @param admission asked once when an unidentified caller has become known, with a lock held:
     *     whether there is room for it; must not block
     * @param shares the share of the processors of each caller; must not block
     */
    public Identity(
            Caller caller, Predicate<Caller> admission, Function<Caller, ProcessorShare> shares) {
        this.caller = Objects.requireNonNull(caller, "caller");
        this.admission = Objects.requireNonNull(admission, "admission");
        this.shares = Objects.requireNonNull(shares, "shares");
        this.share = shares.apply(caller);
    }

    public Caller caller() {
        return caller;
    }

    /** The share of the processors that the caller's sessions have together. */
    public ProcessorShare share() {
        return share;
    }

    /** Takes over what a valid credential says. */
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

    /** True once for each credential, when it expires within {@code ahead}. */
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

    /** Whether the credential has expired. */
    public boolean isExpired() {
        Instant expiresAt = caller.expiresAt();
        return expiresAt != null && System.currentTimeMillis() >= expiresAt.toEpochMilli();
    }
}
