package io.springline.resume;

import io.springline.session.limit.SlidingWindowCounter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts failed resume attempts per principal. Safe for use by many threads. */
final class FailedResumeAttempts {

    /** The number of principals that are counted; the oldest is forgotten. */
    private static final int COUNTED = 1024;

    private final Map<String, SlidingWindowCounter> byPrincipal =
            Collections.synchronizedMap(
                    new LinkedHashMap<>() {
                        @Override
                        protected boolean removeEldestEntry(
                                Map.Entry<String, SlidingWindowCounter> eldest) {
                            return size() > COUNTED;
                        }
                    });

    /** Counts an attempt, and returns true if the principal has made too many within a minute. */
    boolean add(String principal, long nowNanos) {
        return byPrincipal
                .computeIfAbsent(principal, _ -> new SlidingWindowCounter())
                .add(nowNanos);
    }
}
