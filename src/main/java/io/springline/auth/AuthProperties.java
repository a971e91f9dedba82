package io.springline.auth;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Who may come in. JWTs are configured by Spring's own {@code
 * spring.security.oauth2.resourceserver.jwt.*}.
 *
 * @param tokens bearer tokens that are accepted, as hashes
 * @param allowAnonymous lets clients without a token in where credentials are configured, and lets
 *     a service without credentials listen beyond loopback: everybody who reaches it may use it
 */
@Validated
@ConfigurationProperties(prefix = "springline.auth", ignoreUnknownFields = false)
record AuthProperties(
        @DefaultValue List<@Valid Token> tokens, @DefaultValue("false") boolean allowAnonymous) {

    AuthProperties {
        tokens = List.copyOf(tokens);
        if (new HashSet<>(tokens.stream().map(Token::digest).toList()).size() < tokens.size()) {
            throw new IllegalArgumentException("springline.auth.tokens: a hash stands there twice");
        }
    }

    /**
     * @param name of the principal; connections with tokens of the same name share its quota
     * @param hash {@code sha256:} and the token's SHA-256 in 64 hexadecimal digits, as {@code
     *     printf %s "$TOKEN" | sha256sum} prints it
     * @param roles {@code operator} may use the operator's endpoints
     */
    record Token(@NotBlank String name, @NotNull String hash, @DefaultValue Set<String> roles) {

        private static final Pattern HASH = Pattern.compile("sha256:[0-9a-fA-F]{64}");

        Token {
            if (!HASH.matcher(hash).matches()) {
                throw new IllegalArgumentException(
                        "springline.auth.tokens: the hash of '%s' must be sha256: and 64 hex digits"
                                .formatted(name));
            }
            roles = Set.copyOf(roles);
        }

        String digest() {
            return hash.substring("sha256:".length()).toLowerCase(Locale.ROOT);
        }

        @Override
        public String toString() {
            return "Token[name=%s, roles=%s]".formatted(name, roles);
        }
    }
}
