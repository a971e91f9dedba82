package io.springline.relay.auth;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what failed to authenticate at one upstream, for operators. Does not record whose call
 * failed. Thread-safe.
 */
public final class CredentialFailures {

    private static final Logger log = LoggerFactory.getLogger(CredentialFailures.class);

    /** The time for which a failure is shown, and not logged again. */
    private static final Duration RECENT = Duration.ofMinutes(1);

    private record Last(String what, long nanos) {

        boolean isRecent() {
            return System.nanoTime() - nanos < RECENT.toNanos();
        }
    }

    /** Why a call had no valid credential. */
    public enum Reason {
        /** The caller has no credential for the upstream. */
        MISSING,
        /** The authorization server refused a token. */
        REFUSED,
        /** The authorization server did not answer, or not in a way that can be understood. */
        UNAVAILABLE,
        /** The upstream refused the credential by 401. */
        REJECTED
    }

    private final String upstream;
    private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);
    private volatile @Nullable Last last;

    public CredentialFailures(String upstream) {
        this.upstream = upstream;
        for (Reason each : Reason.values()) {
            counts.put(each, new LongAdder());
        }
    }

    /**
     * Records a failure, and logs it unless the same one was logged a short time ago.
     *
     * @param what a phrase without a principal and without a credential
     */
    public void record(Reason reason, String what) {
        count(reason).increment();
        Last before = last;
        if (before == null || !before.isRecent() || !before.what.equals(what)) {
            last = new Last(what, System.nanoTime());
            log.warn("Upstream '{}': {}", upstream, what);
        }
    }

    private LongAdder count(Reason reason) {
        return Objects.requireNonNull(counts.get(reason));
    }

    /** Returns how often this happened. */
    public long total(Reason reason) {
        return count(reason).sum();
    }

    /** Returns the last failure if it is recent; otherwise null. */
    public @Nullable String recent() {
        Last now = last;
        return now != null && now.isRecent() ? now.what : null;
    }
}
