package io.springline.auth;

import io.springline.auth.token.Revocations;
import io.springline.auth.token.TokenHash;
import io.springline.concurrent.SchedulerNames;
import io.springline.session.Backplane;
import io.springline.session.Caller;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Tokens in the query parameter {@code token}, for clients that can set only a URL. Unlike a
 * ticket, a token can be used again when the client reconnects. Only hashes are stored. A token is
 * valid until its configured expiry, or until an operator revokes it.
 *
 * <p>All replicas share the {@link Revocations}.
 */
public final class UrlTokens {

    private static final long SYNC_MILLIS = 10_000;

    /** A token as operators see it, without its hash. */
    public record View(String name, Set<String> roles, Instant expires, State state) {}

    /** The state of a configured token. */
    public enum State {
        VALID,
        EXPIRED,
        REVOKED
    }

    private final boolean empty;
    private volatile Index tokens;
    private final Revocations revoked;
    private final InstantSource clock;

    UrlTokens(List<AuthProperties.UrlToken> tokens, Backplane backplane, InstantSource clock) {
        this.empty = tokens.isEmpty();
        this.tokens = Index.of(tokens);
        this.revoked = new Revocations("url-tokens", () -> this.tokens.digests, _ -> {}, backplane);
        this.clock = clock;
    }

    private record Index(
            Map<String, AuthProperties.UrlToken> byDigest,
            Map<String, AuthProperties.UrlToken> byName,
            Map<String, String> digests,
            Map<String, Caller> callers,
            Set<String> identifiers) {

        static Index of(List<AuthProperties.UrlToken> tokens) {
            Map<String, Caller> callers =
                    tokens.stream()
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            AuthProperties.UrlToken::digest, UrlTokens::caller));
            return new Index(
                    by(tokens, AuthProperties.UrlToken::digest),
                    by(tokens, AuthProperties.UrlToken::name),
                    tokens.stream()
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            AuthProperties.UrlToken::name,
                                            AuthProperties.UrlToken::digest)),
                    callers,
                    ApiTokens.identifiers(callers));
        }

        private static Map<String, AuthProperties.UrlToken> by(
                List<AuthProperties.UrlToken> tokens,
                Function<AuthProperties.UrlToken, String> key) {
            return tokens.stream().collect(Collectors.toUnmodifiableMap(key, Function.identity()));
        }
    }

    private static Caller caller(AuthProperties.UrlToken token) {
        return ApiTokens.caller(token.name(), token.roles(), token.digest(), token.expires());
    }

    /** Replaces all tokens. */
    void replace(List<AuthProperties.UrlToken> next) {
        tokens = Index.of(next);
    }

    /** Removes the tokens that these do not contain, or contain in another form. */
    void retain(List<AuthProperties.UrlToken> next) {
        replace(tokens.byName.values().stream().filter(next::contains).toList());
    }

    /** Returns true if the caller's token is configured, with the roles of the caller. */
    boolean contains(Caller caller) {
        return caller.token() != null && tokens.identifiers.contains(caller.token());
    }

    /** Returns true if no tokens were configured at the start; none are added then. */
    boolean isEmpty() {
        return empty;
    }

    /** Returns the principal of a token, or empty if it is unknown, expired or revoked. */
    Optional<Caller> find(String token) {
        Index now = tokens;
        AuthProperties.UrlToken found = now.byDigest.get(TokenHash.of(token));
        return found == null || state(found) != State.VALID
                ? Optional.empty()
                : Optional.ofNullable(now.callers.get(found.digest()));
    }

    /** Returns true if the token is configured, even if it has expired or was revoked. */
    public boolean isConfigured(String token) {
        return !isEmpty() && tokens.byDigest.containsKey(TokenHash.of(token));
    }

    Revocations revocations() {
        return revoked;
    }

    boolean isRevoked(String name) {
        return revoked.contains(name);
    }

    private State state(AuthProperties.UrlToken token) {
        if (isRevoked(token.name())) {
            return State.REVOKED;
        }
        return clock.instant().isBefore(token.expires()) ? State.VALID : State.EXPIRED;
    }

    /** Returns all configured tokens, sorted by name. */
    public List<View> all() {
        return tokens.byName.values().stream()
                .map(token -> new View(token.name(), token.roles(), token.expires(), state(token)))
                .sorted(Comparator.comparing(View::name))
                .toList();
    }

    /**
     * Revokes a token on all replicas. Blocks for up to one second; replicas that do not respond in
     * time follow within about ten seconds. Returns false if no replica has a token of this name.
     */
    public boolean revoke(String name) throws InterruptedException {
        return revoked.revoke(name);
    }

    /** Applies the revocations of other replicas on this one. */
    @Scheduled(fixedDelay = SYNC_MILLIS, scheduler = SchedulerNames.SPRINGLINE)
    void sync() throws InterruptedException {
        if (!isEmpty()) {
            revoked.sync();
        }
    }
}
