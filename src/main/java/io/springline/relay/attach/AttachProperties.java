package io.springline.relay.attach;

import io.springline.auth.token.TokenHash;
import io.springline.config.EndpointNames;
import io.springline.relay.attach.connection.Profile;
import io.springline.session.limit.Rate;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * MCP servers that connect to this service, at {@code <path>/attach}.
 *
 * @param enabled whether servers may attach; by default if there are {@code tokens}. Without tokens
 *     only servers on this machine may attach, and only if no credentials are configured for
 *     clients
 * @param tokens bearer tokens of servers, as hashes. They are not valid for clients
 * @param grace time after which the features of a server that has gone are removed, unless its
 *     token has exactly one name; calls fail meanwhile
 * @param maxServers maximum number of attached servers, over all replicas
 * @param maxServersPerToken maximum number of attached servers with one token; by default half of
 *     {@code max-servers} if there are several tokens, otherwise all
 * @param maxConnectsPerMinute number of times that a server may attach under one name within a
 *     minute; resumed sessions do not count. More often, it is refused for 5 s, and for twice as
 *     long each time, up to 60 s
 * @param connectionRatePerToken rate limit for the connections of servers with one token: {@code
 *     N/s}, with a burst of 2 N
 * @param timeout timeout of one request to a server
 * @param probeInterval interval at which a server is probed with {@code ping}
 * @param maxMessageSize maximum size of one message from a server, 1KB to 2047MB
 */
@Validated
@ConfigurationProperties(prefix = "springline.attach", ignoreUnknownFields = false)
record AttachProperties(
        @Nullable Boolean enabled,
        @DefaultValue List<@Valid Token> tokens,
        @DefaultValue("2m") @NotNull @DurationMin(millis = 0) Duration grace,
        @DefaultValue("100") @Min(1) @Max(10_000) int maxServers,
        @Nullable @Min(1) @Max(10_000) Integer maxServersPerToken,
        @DefaultValue("10") @Min(1) @Max(100_000) int maxConnectsPerMinute,
        @DefaultValue("5/s") @NotNull Rate connectionRatePerToken,
        @DefaultValue("60s") @NotNull @DurationMin(millis = 100) Duration timeout,
        @DefaultValue("60s") @NotNull @DurationMin(millis = 100) Duration probeInterval,
        @DefaultValue("1MB") DataSize maxMessageSize) {

    AttachProperties {
        tokens = List.copyOf(tokens);
        if (tokens.stream().map(Token::digest).distinct().count() < tokens.size()
                || tokens.stream().map(Token::name).distinct().count() < tokens.size()) {
            throw new IllegalArgumentException(
                    "springline.attach.tokens: two tokens have the same name or the same hash;"
                            + " give each its own");
        }
        if (maxMessageSize.toBytes() < 1024 || maxMessageSize.toBytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "springline.attach.max-message-size must be 1KB to 2047MB");
        }
    }

    /** Returns the maximum number of servers with one token. */
    int share() {
        if (maxServersPerToken != null) {
            return maxServersPerToken;
        }
        return tokens.size() > 1 ? Math.max(1, maxServers / 2) : maxServers;
    }

    /** Without the hashes. */
    @Override
    public String toString() {
        return "AttachProperties[%d tokens]".formatted(tokens.size());
    }

    /**
     * A bearer token of servers.
     *
     * @param name name of the token, for operators
     * @param hash {@code sha256:} and the token's SHA-256 in 64 hexadecimal digits, as {@code
     *     printf %s "$TOKEN" | sha256sum} prints it
     * @param names upstream names that servers with this token may have; {@code *} stands for any
     *     characters. If there is one name without {@code *}, a server gets it without asking, and
     *     its features stay listed while it is away
     * @param profile {@code device} for microcontrollers
     */
    record Token(
            @NotBlank String name,
            @NotNull String hash,
            @DefaultValue("*") List<String> names,
            @DefaultValue("standard") Profile profile) {

        Token {
            TokenHash.check("springline.attach.tokens", name, hash);
            names = List.copyOf(names);
            for (String each : names) {
                if (!EndpointNames.isValid(each.replace('*', 'x'))) {
                    throw new IllegalArgumentException(
                            "springline.attach.tokens: '%s' cannot be the name of an upstream: 1 to 32 of A-Z a-z 0-9 _ . -, and *"
                                    .formatted(each));
                }
            }
        }

        String digest() {
            return TokenHash.digest(hash);
        }

        AttachCredential credential() {
            return new AttachCredential(
                    name,
                    names.stream().collect(Collectors.toUnmodifiableList()),
                    profile,
                    TokenHash.of(digest()));
        }

        @Override
        public String toString() {
            return "Token[name=%s, names=%s]".formatted(name, names);
        }
    }
}
