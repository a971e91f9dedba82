package io.springline.auth;

import io.springline.auth.token.TokenHash;
import io.springline.session.Caller;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The configured API tokens, stored as SHA-256 hashes. Tokens are expected to be long and random,
 * so they need no salt, and the time of a lookup by hash reveals nothing about a token.
 */
final class ApiTokens {

    private final boolean empty;
    private volatile Map<String, Caller> callersByHash;
    private volatile Set<String> identifiers;

    ApiTokens(List<AuthProperties.Token> tokens) {
        empty = tokens.isEmpty();
        callersByHash = byHash(tokens);
        identifiers = identifiers(callersByHash);
    }

    /** Replaces all tokens. */
    void replace(List<AuthProperties.Token> tokens) {
        Map<String, Caller> next = byHash(tokens);
        // a caller that is found must not count as withdrawn
        identifiers = identifiers(next);
        callersByHash = next;
    }

    /** Removes the tokens that these do not contain, or contain with another name or roles. */
    void retain(List<AuthProperties.Token> tokens) {
        Map<String, Caller> next = byHash(tokens);
        callersByHash =
                callersByHash.entrySet().stream()
                        .filter(each -> each.getValue().equals(next.get(each.getKey())))
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        Map.Entry::getKey, Map.Entry::getValue));
        identifiers = identifiers(callersByHash);
    }

    /** Returns true if the caller's token is configured, with the roles of the caller. */
    boolean contains(Caller caller) {
        return caller.token() != null && identifiers.contains(caller.token());
    }

    static Set<String> identifiers(Map<String, Caller> callers) {
        return callers.values().stream()
                .map(Caller::token)
                .filter(Objects::nonNull)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Map<String, Caller> byHash(List<AuthProperties.Token> tokens) {
        return tokens.stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                AuthProperties.Token::digest,
                                token ->
                                        caller(token.name(), token.roles(), token.digest(), null)));
    }

    /** Returns a caller that is equal only for an equal token. */
    static Caller caller(
            String name, Set<String> roles, String digest, @Nullable Instant expiresAt) {
        return new Caller(
                name,
                roles,
                expiresAt,
                TokenHash.of(
                        String.join("\n", digest, name, new TreeSet<>(roles) + " " + expiresAt)));
    }

    /** Returns true if no tokens were configured at the start; none are added then. */
    boolean isEmpty() {
        return empty;
    }

    Optional<Caller> find(String token) {
        return callersByHash.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(callersByHash.get(TokenHash.of(token)));
    }
}
