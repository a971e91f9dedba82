package io.springline.auth;

import io.springline.session.Caller;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The configured API tokens, stored as SHA-256 hashes. Tokens are expected to be long and random,
 * so they need no salt, and the time of a lookup by hash reveals nothing about a token.
 */
final class ApiTokens {

    private volatile Map<String, Caller> callersByHash;

    ApiTokens(List<AuthProperties.Token> tokens) {
        callersByHash = byHash(tokens);
    }

    /** Replaces all tokens. */
    void replace(List<AuthProperties.Token> tokens) {
        callersByHash = byHash(tokens);
    }

    private static Map<String, Caller> byHash(List<AuthProperties.Token> tokens) {
        return tokens.stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                AuthProperties.Token::digest,
                                token -> new Caller(token.name(), token.roles(), null)));
    }

    boolean isEmpty() {
        return callersByHash.isEmpty();
    }

    Optional<Caller> find(String token) {
        return callersByHash.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(callersByHash.get(sha256(token)));
    }

    /** Returns the SHA-256 hash of the token in UTF-8, as 64 lower-case hexadecimal digits. */
    static String sha256(String token) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
