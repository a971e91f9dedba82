package io.springline.auth;

import io.springline.auth.access.AccessRules;
import io.springline.auth.token.TokenHash;
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
 * Authentication of clients and access rules. JWTs are configured by Spring's own {@code
 * spring.security.oauth2.resourceserver.jwt.*}.
 *
 * @param tokens accepted bearer tokens, as hashes
 * @param allowAnonymous if credentials are configured: admits clients without one. If none are
 *     configured: allows a {@code server.address} other than loopback, so that everybody who can
 *     reach the service can use it
 * @param urlTokens reusable tokens in the query parameter {@code token}, for clients that can set
 *     only a URL. Everybody who sees the URL can use the token, see docs/security.md
 * @param inBand authentication by the request {@code authenticate} on the open connection
 * @param ticket one-time tickets in the URL
 * @param sessionCookie principals that the application itself has authenticated
 * @param clientCertificates principals from mutual TLS, see {@code server.ssl.client-auth}
 * @param publicUrl scheme and authority under which clients reach this service, for example {@code
 *     https://mcp.example.com}. If it is not set, those of each request are used
 * @param initialScopes scopes that the challenge of a 401 response tells a client to request. If
 *     empty, all scopes of the rules. A call that needs more scopes fails with a 403 response that
 *     names them
 * @param issuerSslBundle SSL bundle ({@code spring.ssl.bundle.*}) with the certificate authority of
 *     the issuer, if it is a private one
 * @param rules roles or scopes that tools, resources and prompts require. A tool or prompt has up
 *     to three names: at {@code /mcp}, at its upstream, and {@code upstream_name}. For each name,
 *     the first matching rule applies, and the caller needs the permission of all rules that apply.
 *     If there are rules, everything that no rule matches is refused
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
                        "springline.auth.initial-scopes: '%s' is not a scope that clients can request; remove it"
                                .formatted(scope));
            }
        }
        requireDistinct(
                tokens.stream().map(Token::digest),
                "springline.auth.tokens: two entries have the same hash; remove one");
        requireDistinct(
                urlTokens.stream().map(UrlToken::name),
                "springline.auth.url-tokens: two entries have the same name; rename one");
        requireDistinct(
                Stream.concat(
                        tokens.stream().map(Token::digest),
                        urlTokens.stream().map(UrlToken::digest)),
                "springline.auth.tokens and url-tokens: two entries have the same hash; make a new token for one of them");
        if (publicUrl != null && !PUBLIC_URL.matcher(publicUrl).matches()) {
            throw new IllegalArgumentException(
                    "springline.auth.public-url: must be http(s)://host[:port], not '%s'"
                            .formatted(publicUrl));
        }
    }

    /** Returns the scopes that the rules require. */
    List<String> ruleScopes() {
        return rules.stream().flatMap(rule -> rule.scopes().stream()).toList();
    }

    private static void requireDistinct(Stream<String> values, String message) {
        var seen = new HashSet<String>();
        values.forEach(value -> {
            if (!seen.add(value)) {
                throw new IllegalArgumentException(message);
            }
        });
    }

    /** Contains no hash. */
    @Override
    public String toString() {
        return "AuthProperties[%d tokens, %d URL tokens, %d rules]"
                .formatted(tokens.size(), urlTokens.size(), rules.size());
    }

    /**
     * Authentication on the open connection.
     *
     * @param enabled lets clients connect without a credential and authenticate by the request
     *     {@code authenticate}
     * @param deadline time from the upgrade within which the client must authenticate
     */
    record InBand(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("10s") @NotNull @DurationMin(millis = 100) Duration deadline) {}

    /**
     * One-time tickets.
     *
     * @param enabled whether {@code POST <path>/ticket} issues tickets
     * @param lifetime time within which a ticket must be used
     * @param maxOutstanding maximum number of issued tickets on this node that were not used yet
     */
    record Ticket(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("30s") @NotNull @DurationMin(millis = 100) @DurationMax(minutes = 5)
                    Duration lifetime,
            @DefaultValue("10000") @Min(1) @Max(1_000_000) int maxOutstanding) {}

    /**
     * Login sessions of the application.
     *
     * @param enabled accepts principals that the application has authenticated, for example by a
     *     session cookie. Only for web pages whose origin is allowed
     */
    record SessionCookie(@DefaultValue("false") boolean enabled) {}

    /**
     * TLS client certificates.
     *
     * @param enabled accepts the common name of a verified client certificate as the principal
     * @param roles roles of every client with a certificate
     */
    record ClientCertificates(
            @DefaultValue("false") boolean enabled, @DefaultValue Set<String> roles) {}

    /**
     * One access rule. A caller needs at least one of the roles and scopes; roles and scopes are
     * compared in the same way.
     *
     * @param tools names of tools; {@code *} matches any characters
     * @param resources URIs and URI templates; {@code *} matches any characters
     * @param prompts names of prompts; {@code *} matches any characters
     * @param roles permitted roles; {@code *} permits everybody
     * @param scopes permitted scopes of a token
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
                        "springline.auth.rules: each rule needs tools, resources or prompts");
            }
            if (roles.isEmpty() && scopes.isEmpty()) {
                throw new IllegalArgumentException(
                        "springline.auth.rules: each rule needs roles or scopes; '*' permits everybody");
            }
        }

        AccessRules.Rule rule() {
            var anyOf = new HashSet<>(roles);
            anyOf.addAll(scopes);
            return new AccessRules.Rule(tools, resources, prompts, Set.copyOf(anyOf));
        }
    }

    /**
     * An API token.
     *
     * @param name name of the principal. Tokens with the same name share its limits
     * @param hash {@code sha256:} and the token's SHA-256 in 64 hexadecimal digits, as printed by
     *     {@code printf %s "$TOKEN" | sha256sum}
     * @param roles roles of the principal. The role {@code operator} gives access to the operators'
     *     endpoints
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
     * A URL token.
     *
     * @param name name of the principal. Operators revoke the token by this name
     * @param hash {@code sha256:} and the token's SHA-256 in 64 hexadecimal digits. Use a token of
     *     at least 128 random bits
     * @param roles roles of the principal; {@code operator} and {@code metrics} are not allowed
     * @param expires when the token expires, for example {@code 2027-06-30T00:00:00Z}
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
                            "springline.auth.url-tokens: '%s' cannot have the role %s, since others can easily see a URL; use springline.auth.tokens"
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
