package io.springline.auth;

import io.springline.session.Caller;
import io.springline.session.limit.LruMap;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * The newest JWT of each caller, in memory, for upstreams that are called on behalf of it. Empty
 * unless such an upstream is configured. Thread-safe.
 *
 * <p>Callers with the same name and other roles are kept apart: their tokens permit different
 * things.
 */
public final class CallerTokens {

    /** If there are more callers, those are forgotten that were not seen for the longest time. */
    private static final int MAX_CALLERS = 10_000;

    private record Key(String name, Set<String> roles) {

        static Key of(Caller caller) {
            return new Key(caller.name(), caller.roles());
        }
    }

    private final LruMap<Key, Jwt> byCaller = new LruMap<>(MAX_CALLERS);

    private volatile boolean kept;

    /** Keeps the tokens of callers that authenticate from now on. */
    public void keep() {
        kept = true;
    }

    void record(Caller caller, Jwt token) {
        if (kept) {
            synchronized (byCaller) {
                byCaller.put(Key.of(caller), token);
            }
        }
    }

    /** Returns the token with which the caller authenticated last, unless it has expired. */
    public Optional<Jwt> find(Caller caller) {
        Jwt token;
        synchronized (byCaller) {
            token = byCaller.get(Key.of(caller));
        }
        return Optional.ofNullable(token).filter(CallerTokens::isValid);
    }

    private static boolean isValid(Jwt token) {
        Instant expiry = token.getExpiresAt();
        return expiry == null || Instant.now().isBefore(expiry);
    }
}
