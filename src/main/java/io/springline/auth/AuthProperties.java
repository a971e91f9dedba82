package io.springline.auth;

import io.springline.auth.access.AccessRules;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Who may come in, and what for. JWTs are configured by Spring's own {@code
 * spring.security.oauth2.resourceserver.jwt.*}.
 *
 * @param tokens bearer tokens that are accepted, as hashes
 * @param allowAnonymous lets clients without a token in where credentials are configured, and lets
 *     a service without credentials listen beyond loopback: everybody who reaches it may use it
 * @param urlTokens reusable tokens in the query parameter {@code token}, for clients that can set
 *     nothing but a URL; whoever sees the URL can use them, see docs/security.md
 * @param inBand tokens by {@code authenticate} on the open connection
 * @param ticket one-time tickets for the URL
 * @param sessionCookie principals that the application's own security has authenticated
 * @param clientCertificates principals of mutual TLS, see {@code server.ssl.client-auth}
 * @param publicUrl scheme and authority under which clients reach this service, for example {@code
 *     https://mcp.example.com}; without it those of each request
 * @param initialScopes scopes that the challenge of a 401 asks a client to get first; without them
 *     all scopes of the rules. A call that needs more is answered with a 403 that names them
 * @param issuerSslBundle the SSL bundle ({@code spring.ssl.bundle.*}) with the certificate
 *     authority of the issuer, if that is a private one
 * @param rules what tools, resources and prompts require. For each name of a tool or prompt (at
 *     {@code /mcp}, at its upstream, and {@code upstream_name}) the first rule that matches counts;
 *     the strictest of these decides. If there is any rule, what none names is refused
 */
@Validated
@ConfigurationProperties(prefix = "springline.auth", ignoreUnknownFields = false)
record AuthProperties(
        @DefaultValue List<@Valid Token> tokens,
        @DefaultValue List<@Valid UrlToken> urlTokens,
        @DefaultValue("false") boolean allowAnonymous,
        @DefaultValue @Valid InBand inBand,
        @DefaultValue @Valid Ticket ticket,
        @DefaultValue SessionCookie sessionCookie,
        @DefaultValue ClientCertificates clientCertificates,
        @Nullable String publicUrl,
        @DefaultValue List<String> initialScopes,
        @Nullable String issuerSslBundle,
        @DefaultValue List<Rule> rules) {

    private static final Pattern PUBLIC_URL = Pattern.compile("https?://[^/?#\\s\"]+");

    AuthProperties {
        tokens = List.copyOf(tokens);
        urlTokens = List.copyOf(urlTokens);
        rules = List.copyOf(rules);
        initialScopes = List.copyOf(initialScopes);
        for (String scope : initialScopes) {
            if (!ProtectedResource.isScope(scope)) {
                throw new IllegalArgumentException(
                        "springline.auth.initial-scopes: '%s' is no scope that a resource may ask for"
                                .formatted(scope));
            }
        }
        requireDistinct(
                tokens.stream().map(Token::digest), "springline.auth.tokens: a hash stands there");
        requireDistinct(
                urlTokens.stream().map(UrlToken::name),
                "springline.auth.url-tokens: a name stands there");
        requireDistinct(
                Stream.concat(
                        tokens.stream().map(Token::digest),
                        urlTokens.stream().map(UrlToken::digest)),
                "springline.auth.tokens and url-tokens: a hash stands there");
        if (publicUrl != null && !PUBLIC_URL.matcher(publicUrl).matches()) {
            throw new IllegalArgumentException(
                    "springline.auth.public-url: must be http(s)://host[:port], not '%s'"
                            .formatted(publicUrl));
        }
    }

    private static void requireDistinct(Stream<String> values, String message) {
        var seen = new HashSet<String>();
        values.forEach(value -> {
            if (!seen.add(value)) {
                throw new IllegalArgumentException(message + " twice");
            }
        });
    }

    /** Without the hashes. */
    @Override
    public String toString() {
        return "AuthProperties[%d tokens, %d URL tokens, %d rules]"
                .formatted(tokens.size(), urlTokens.size(), rules.size());
    }

    /**
     * @param enabled whether a client may say who it is after the upgrade
     * @param deadline how long a client may take to say who it is, from the upgrade on
     */
    record InBand(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("10s") @NotNull @DurationMin(millis = 100) Duration deadline) {}

    /**
     * @param enabled whether {@code POST <path>/ticket} gives out tickets
     * @param lifetime of a ticket
     * @param maxOutstanding tickets that were given out and not used yet, on this node
     */
    record Ticket(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("30s") @NotNull @DurationMin(millis = 100) @DurationMax(minutes = 5)
                    Duration lifetime,
            @DefaultValue("10000") @Min(1) @Max(1_000_000) int maxOutstanding) {}

    /**
     * @param enabled whether such principals are let in, from web pages on the list of origins
     */
    record SessionCookie(@DefaultValue("false") boolean enabled) {}

    /**
     * @param enabled whether a certificate that the TLS handshake has accepted says who it is
     * @param roles of everybody with a certificate
     */
    record ClientCertificates(
            @DefaultValue("false") boolean enabled, @DefaultValue Set<String> roles) {}

    /**
     * What is named needs one of the roles or scopes, which are the same thing by two names.
     *
     * @param tools names, {@code *} standing for any characters
     * @param resources URIs and URI templates, likewise
     * @param prompts names, likewise
     * @param roles {@code *} for everybody
     * @param scopes of a token
     */
    record Rule(
            @DefaultValue List<String> tools,
            @DefaultValue List<String> resources,
            @DefaultValue List<String> prompts,
            @DefaultValue Set<String> roles,
            @DefaultValue Set<String> scopes) {

        Rule {
            if (tools.isEmpty() && resources.isEmpty() && prompts.isEmpty()) {
                throw new IllegalArgumentException(
                        "springline.auth.rules: each needs tools, resources or prompts");
            }
            if (roles.isEmpty() && scopes.isEmpty()) {
                throw new IllegalArgumentException(
                        "springline.auth.rules: each needs roles or scopes, '*' for everybody");
            }
        }

        AccessRules.Rule rule() {
            var anyOf = new HashSet<>(roles);
            anyOf.addAll(scopes);
            return new AccessRules.Rule(tools, resources, prompts, Set.copyOf(anyOf));
        }
    }

    /**
     * @param name of the principal; connections with tokens of the same name share its quota
     * @param hash {@code sha256:} and the token's SHA-256 in 64 hexadecimal digits, as {@code
     *     printf %s "$TOKEN" | sha256sum} prints it
     * @param roles {@code operator} may use the operator's endpoints
     */
    record Token(@NotBlank String name, @NotNull String hash, @DefaultValue Set<String> roles) {

        Token {
            TokenHash.check("springline.auth.tokens", name, hash);
            roles = Set.copyOf(roles);
        }

        String digest() {
            return TokenHash.digest(hash);
        }

        @Override
        public String toString() {
            return "Token[name=%s, roles=%s]".formatted(name, roles);
        }
    }

    /**
     * @param name of the principal, and what an operator revokes the token by
     * @param hash {@code sha256:} and the token's SHA-256 in 64 hexadecimal digits; use a token of
     *     at least 128 random bits
     * @param roles never {@code operator} or {@code metrics}
     * @param expires when the token ends, for example {@code 2027-06-30T00:00:00Z}
     */
    record UrlToken(
            @NotBlank String name,
            @NotNull String hash,
            @DefaultValue Set<String> roles,
            @NotNull Instant expires) {

        UrlToken {
            TokenHash.check("springline.auth.url-tokens", name, hash);
            roles = Set.copyOf(roles);
            for (String role : roles) {
                if (CallerContext.isOperators(role)) {
                    throw new IllegalArgumentException(
                            "springline.auth.url-tokens: '%s' may not have the role %s: a URL is too easily seen by others"
                                    .formatted(name, role));
                }
            }
        }

        String digest() {
            return TokenHash.digest(hash);
        }

        @Override
        public String toString() {
            return "UrlToken[name=%s, roles=%s, expires=%s]".formatted(name, roles, expires);
        }
    }
}
