package io.springline.resume;

import io.springline.session.SlidingWindowCounter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts attempts with tokens that are none, by principal. Safe for use by many threads. */
final class FailedResumeAttempts {

    /** So many principals' attempts are counted. */
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

    /** True when the principal has made too many within a minute. */
    boolean add(String principal, long nowNanos) {
        return byPrincipal
                .computeIfAbsent(principal, _ -> new SlidingWindowCounter())
                .add(nowNanos);
    }
}
