package io.springline.resume;

import io.springline.session.limit.LruMap;
import io.springline.session.limit.SlidingWindowCounter;
import java.util.Collections;
import java.util.Map;

/** Counts failed resume attempts per principal. Safe for use by many threads. */
final class FailedResumeAttempts {

    private static final int MAX_PRINCIPALS = 1024;

    private final Map<String, SlidingWindowCounter> byPrincipal =
            Collections.synchronizedMap(new LruMap<>(MAX_PRINCIPALS));

    /** Counts an attempt, and returns true if the principal has made too many within a minute. */
    boolean add(String principal, long nowNanos) {
        return byPrincipal
                .computeIfAbsent(principal, _ -> new SlidingWindowCounter())
                .add(nowNanos);
    }
}
