package io.springline.resume;

import io.springline.session.Strikes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts attempts with tokens that are none, by principal. Safe for use by many threads. */
final class Guesses {

    /** So many principals' attempts are counted. */
    private static final int COUNTED = 1024;

    private final Map<String, Strikes> byPrincipal =
            Collections.synchronizedMap(
                    new LinkedHashMap<>() {
                        @Override
                        protected boolean removeEldestEntry(Map.Entry<String, Strikes> eldest) {
                            return size() > COUNTED;
                        }
                    });

    /** True when the principal has made too many within a minute. */
    boolean add(String principal, long nowNanos) {
        return byPrincipal.computeIfAbsent(principal, _ -> new Strikes()).add(nowNanos);
    }
}
