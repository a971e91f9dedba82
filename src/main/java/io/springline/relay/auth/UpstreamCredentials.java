package io.springline.relay.auth;

import io.springline.auth.CallerTokens;
import io.springline.relay.auth.CredentialFailures.Reason;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.config.UpstreamAuth;
import io.springline.relay.config.UpstreamAuth.Type;
import io.springline.relay.http.RequestCredential;
import io.springline.session.Caller;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.Jwt;

/** The credentials of the calls to one upstream, as {@code auth} configures them. Thread-safe. */
public final class UpstreamCredentials {

    private static final Pattern HEADER_VALUE = Pattern.compile("[\\t -~\\x80-\\xFF]+");
    private static final String SCHEME = "Bearer ";

    private final RelayProperties.Upstream spec;
    private final UpstreamAuth auth;
    private final Type type;
    private final CallerTokens callerTokens;
    private final CredentialFailures failures;
    private final @Nullable AccessTokens tokens;
    private final @Nullable PrincipalValues values;
    private volatile @Nullable Consents consents;

    /**
     * @param callerTokens the tokens of the clients
     * @param servers null if no upstream needs an authorization server
     */
    public UpstreamCredentials(
            String upstream,
            RelayProperties.Upstream spec,
            CallerTokens callerTokens,
            @Nullable AuthorizationServerClient servers) {
        this.spec = spec;
        this.auth = spec.auth();
        this.type = spec.authType();
        this.callerTokens = callerTokens;
        this.failures = new CredentialFailures(upstream);
        this.tokens =
                servers == null || !type.usesTokens() || type == Type.AUTHORIZATION_CODE
                        ? null
                        : new AccessTokens(upstream, auth, servers, failures, auth.maxPrincipals());
        this.values = type == Type.PER_PRINCIPAL ? PrincipalValues.of(auth, callerTokens) : null;
    }

    public Type type() {
        return type;
    }

    /** Sets the consents of callers. To be called before the first call. */
    public void consents(Consents given) {
        consents = given;
    }

    /** Returns the consents of callers; null if calls need none. */
    public @Nullable Consents consents() {
        return consents;
    }

    /** Returns true if the credential differs by caller. */
    public boolean isPerCaller() {
        return type.isPerCaller();
    }

    /** Returns the name of the credential for the audit log: its type and where it comes from. */
    public String name() {
        return switch (type) {
            case NONE, STATIC, PASSTHROUGH, AUTHORIZATION_CODE -> type.label();
            case CLIENT_CREDENTIALS, TOKEN_EXCHANGE ->
                    "%s of client %s".formatted(type.label(), auth.clientId());
            case PER_PRINCIPAL ->
                    "%s by %s"
                            .formatted(
                                    type.label(),
                                    auth.claim() != null
                                            ? "claim " + auth.claim()
                                            : auth.file() != null ? "file" : "folder");
        };
    }

    public CredentialFailures failures() {
        return failures;
    }

    /**
     * Returns whom a connection for this caller acts for.
     *
     * @throws UpstreamException if the upstream cannot be called on behalf of this caller; the
     *     message may be sent to it
     */
    public CallerIdentity identity(Caller caller) {
        if (caller.isAnonymous() || caller.isUnidentified()) {
            throw missing(
                    "the upstream is called on behalf of its callers, and this one is anonymous");
        }
        String stamp = auth.env() == null ? "" : PrincipalValues.digest(value(caller));
        if (type == Type.AUTHORIZATION_CODE) {
            stamp = Objects.requireNonNull(consents).id(caller);
        }
        if (type == Type.PASSTHROUGH) {
            passedThrough(caller);
        }
        return new CallerIdentity(key(caller), stamp, caller);
    }

    /**
     * Returns the key of a caller: its name and its roles, in which tokens of it may differ. Keys
     * of two names are never equal.
     */
    public static String key(Caller caller) {
        return "%d:%s\n%s"
                .formatted(
                        caller.name().length(),
                        caller.name(),
                        String.join("\n", new TreeSet<>(caller.roles())));
    }

    /** Returns the command of a process that acts for this caller. */
    public StdioCommand command(Caller caller) {
        String variable = Objects.requireNonNull(auth.env());
        return spec.stdio().with(variable, auth.formatted(value(caller)));
    }

    /** Returns the credential that all callers share. */
    public RequestCredential shared() {
        return tokens == null || isPerCaller()
                ? new Plain(Map::of, () -> true)
                : requested(tokens, TokenPrincipal.OWN_KEY, () -> TokenPrincipal.SPRINGLINE);
    }

    /** Returns the credential of a caller, for connections that act for it. */
    public RequestCredential of(Caller caller) {
        return switch (type) {
            case NONE, STATIC, CLIENT_CREDENTIALS -> shared();
            case AUTHORIZATION_CODE -> consented(Objects.requireNonNull(consents), caller);
            case PASSTHROUGH ->
                    new Plain(() -> bearer(passedThrough(caller)), () -> hasJwt(caller));
            case PER_PRINCIPAL ->
                    new Plain(
                            () -> header(value(caller)),
                            () -> auth.claim() == null || hasJwt(caller));
            case TOKEN_EXCHANGE ->
                    requested(
                            Objects.requireNonNull(tokens),
                            key(caller),
                            () -> TokenPrincipal.of(key(caller), jwt(caller)));
        };
    }

    private Token requested(AccessTokens tokens, String key, Supplier<Authentication> principal) {
        return new Token(
                () -> tokens.get(key, principal),
                () -> tokens.has(key),
                refused -> tokens.tryReplace(key, refused));
    }

    private Token consented(Consents consents, Caller caller) {
        return new Token(
                () -> consents.token(caller),
                () -> consents.hasValidToken(caller),
                refused -> consents.tryReplace(caller, refused));
    }

    private static Map<String, String> bearer(String token) {
        return Map.of("Authorization", SCHEME + token);
    }

    private Map<String, String> header(String value) {
        String text = auth.formatted(value);
        if (!HEADER_VALUE.matcher(text).matches()) {
            throw missing("the value of this principal cannot be sent in a header");
        }
        return Map.of(auth.header(), text);
    }

    private String passedThrough(Caller caller) {
        Jwt jwt = jwt(caller);
        String audience = auth.audience() != null ? auth.audience() : String.valueOf(spec.url());
        if (jwt.getAudience() == null || !jwt.getAudience().contains(audience)) {
            throw missing(
                    "the caller's token is not passed on, because its audience does not name the upstream (%s)"
                            .formatted(auth.audience() != null ? audience : spec));
        }
        return jwt.getTokenValue();
    }

    private boolean hasJwt(Caller caller) {
        return callerTokens.find(caller).isPresent();
    }

    private Jwt jwt(Caller caller) {
        return callerTokens
                .find(caller)
                .orElseThrow(() ->
                        missing(
                                "the caller did not present a JWT to this node, or it has expired"));
    }

    private String value(Caller caller) {
        try {
            return Objects.requireNonNull(values)
                    .find(caller)
                    .filter(value -> !value.isBlank())
                    .orElseThrow(() -> missing("there is no credential for this principal"));
        } catch (IOException e) {
            failures.record(Reason.UNAVAILABLE, "the credentials of principals cannot be read");
            throw new UpstreamException("the credentials of principals cannot be read");
        }
    }

    private UpstreamException missing(String why) {
        failures.record(Reason.MISSING, why);
        return new UpstreamException(why);
    }

    private void rejected() {
        failures.record(Reason.REJECTED, "the upstream rejects the credential (HTTP 401)");
    }

    /** Headers that are at hand, such as those of the configuration. */
    private final class Plain implements RequestCredential {

        private final Supplier<Map<String, String>> current;

        private final BooleanSupplier ready;

        Plain(Supplier<Map<String, String>> current, BooleanSupplier ready) {
            this.current = current;
            this.ready = ready;
        }

        @Override
        public boolean isReady() {
            return ready.getAsBoolean();
        }

        @Override
        public Map<String, String> headers() {
            return current.get();
        }

        /** Reads the headers again: the value may have changed since they were sent. */
        @Override
        public boolean tryReplace(Map<String, String> refused) {
            rejected();
            return !current.get().equals(refused);
        }
    }

    /** A token from an authorization server. */
    private final class Token implements RequestCredential {

        private final Supplier<String> current;
        private final BooleanSupplier ready;
        private final Predicate<String> replacement;

        /**
         * @param replacement discards the refused token; returns true if there can be another one
         */
        Token(Supplier<String> current, BooleanSupplier ready, Predicate<String> replacement) {
            this.current = current;
            this.ready = ready;
            this.replacement = replacement;
        }

        @Override
        public Map<String, String> headers() {
            return bearer(current.get());
        }

        @Override
        public boolean isReady() {
            return ready.getAsBoolean();
        }

        @Override
        public boolean tryReplace(Map<String, String> refused) {
            rejected();
            String header = refused.getOrDefault("Authorization", SCHEME);
            return replacement.test(header.substring(SCHEME.length()));
        }
    }
}
