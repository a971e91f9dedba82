package io.springline.auth;

import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Awaited;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authentication.Refused;
import io.springline.session.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Determines the principal of a client from the credentials of its handshake:
 *
 * <ol>
 *   <li>The client may present a bearer token, a subprotocol with a token, a ticket, a URL token
 *       and a cookie session. All of them must be valid and belong to the same principal; otherwise
 *       the handshake fails with 401.
 *   <li>The first one in this order determines the kind, the roles and the expiry of the principal.
 *   <li>If there is none of them, a client certificate determines the principal. It has the lowest
 *       precedence since it often belongs to a proxy that forwards the tokens of users.
 *   <li>If there is no credential, the client is anonymous, or must send {@code authenticate}, or
 *       is refused with 401, depending on the configuration.
 * </ol>
 *
 * If more than one {@linkplain PrincipalKind kind} of credential is configured, the names of
 * principals start with their kind. If no credential is configured, every client on this machine is
 * anonymous, and what it presents is ignored; clients on other machines are refused unless
 * anonymous clients are allowed.
 */
public final class Authenticator {

    private static final String SCHEME = "bearer ";

    /** A bearer token (RFC 6750, section 2.1), or credentials of another scheme (RFC 9110). */
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\s*(bearer +[\\x21-\\x7E]+|(?!bearer\\s)[a-z0-9!#$%&'*+.^_`|~-]+ +\\S.*)\\s*",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private record Attempt(AuthMethod method, Optional<Caller> caller) {}

    private final BearerTokens tokens;
    private final CallerTokens callerTokens;
    private final Tickets tickets;
    private final UrlTokens urlTokens;
    private final SessionPrincipals principals;
    private final ClientCertificates certificates;
    private final AuthProperties.InBand inBand;
    private final boolean allowAnonymous;
    private final boolean qualified;

    Authenticator(
            BearerTokens tokens,
            CallerTokens callerTokens,
            Tickets tickets,
            UrlTokens urlTokens,
            SessionPrincipals principals,
            ClientCertificates certificates,
            AuthProperties.InBand inBand,
            boolean allowAnonymous) {
        this.tokens = tokens;
        this.callerTokens = callerTokens;
        this.tickets = tickets;
        this.urlTokens = urlTokens;
        this.principals = principals;
        this.certificates = certificates;
        this.inBand = inBand;
        this.allowAnonymous = allowAnonymous;
        var kinds = EnumSet.noneOf(PrincipalKind.class);
        kinds.addAll(tokens.kinds());
        if (!urlTokens.isEmpty()) {
            kinds.add(PrincipalKind.URL_TOKEN);
        }
        if (principals.areAccepted()) {
            kinds.add(PrincipalKind.COOKIE);
        }
        if (certificates.areAccepted()) {
            kinds.add(PrincipalKind.CERTIFICATE);
        }
        this.qualified = kinds.size() > 1;
    }

    /** Returns true if any kind of credential is configured. */
    public boolean hasCredentials() {
        return !tokens.kinds().isEmpty()
                || !urlTokens.isEmpty()
                || principals.areAccepted()
                || certificates.areAccepted();
    }

    /**
     * Returns true if API tokens are the only accepted bearer tokens and anonymous clients are
     * refused. A client then cannot get its token from an authorization server.
     */
    public boolean requiresConfiguredToken() {
        return tokens.kinds().equals(Set.of(PrincipalKind.TOKEN)) && !allowAnonymous;
    }

    /** Returns which credentials clients need, for the start-up log: "with a bearer token". */
    public String admitted() {
        if (!hasCredentials()) {
            return "without credentials, since none are configured";
        }
        var credentials = new ArrayList<String>();
        if (tokens.kinds().contains(PrincipalKind.TOKEN)) {
            credentials.add("a bearer token");
        }
        if (tokens.kinds().contains(PrincipalKind.JWT)) {
            credentials.add("a JWT of the issuer");
        }
        if (!urlTokens.isEmpty()) {
            credentials.add("a token in the URL");
        }
        if (principals.areAccepted()) {
            credentials.add("a login of the application");
        }
        if (certificates.areAccepted()) {
            credentials.add("a client certificate");
        }
        return "with %s%s"
                .formatted(
                        String.join(" or ", credentials), allowAnonymous ? ", or anonymously" : "");
    }

    /**
     * Returns true if cookie sessions are accepted. A browser sends the cookie with the requests of
     * every web page, so the check of the Origin is then the only protection against foreign pages.
     */
    public boolean acceptsCookies() {
        return principals.areAccepted();
    }

    /** Returns the time from the upgrade within which a client must send {@code authenticate}. */
    public Duration deadline() {
        return inBand.deadline();
    }

    /**
     * Checks the credentials of a handshake. A ticket among them is used up, even if the handshake
     * is refused. May block while a JWT is verified, see {@link #token}.
     */
    public Authentication authenticate(Credentials presented) {
        if (!hasCredentials()) {
            return presented.local() || allowAnonymous
                    ? new Accepted(Caller.ANONYMOUS, AuthMethod.NONE)
                    : new Refused(Fault.MISSING, AuthMethod.NONE);
        }
        List<Attempt> attempts = attempts(presented);
        if (attempts.isEmpty()) {
            return withoutCredential(presented);
        }
        Attempt first = attempts.getFirst();
        for (Attempt each : attempts) {
            if (each.caller.isEmpty()) {
                return new Refused(fault(each.method, presented), each.method);
            }
            if (!each.caller.map(this::bareName).equals(first.caller.map(this::bareName))) {
                return new Refused(Fault.CONFLICT, each.method);
            }
        }
        return new Accepted(first.caller.orElseThrow(), first.method);
    }

    /**
     * Returns true if no credentials are configured, and the client of this request may use
     * everything: one on this machine, or any if anonymous clients are allowed.
     */
    public boolean isOpenTo(HttpServletRequest request) {
        return !hasCredentials() && (Credentials.isLocal(request) || allowAnonymous);
    }

    private static Fault fault(AuthMethod method, Credentials presented) {
        List<String> headers = presented.extracted().authorization();
        boolean wellFormed =
                method != AuthMethod.AUTHORIZATION
                        || headers.size() == 1 && HEADER.matcher(headers.getFirst()).matches();
        return wellFormed ? Fault.INVALID : Fault.MALFORMED;
    }

    /** Returns one attempt per presented credential, the highest precedence first. */
    private List<Attempt> attempts(Credentials presented) {
        Credentials.Extracted extracted = presented.extracted();
        var attempts = new ArrayList<Attempt>(1);
        for (String header : extracted.authorization()) {
            attempts.add(new Attempt(AuthMethod.AUTHORIZATION, bearer(header)));
        }
        for (String offered : extracted.subprotocols()) {
            attempts.add(new Attempt(AuthMethod.SUBPROTOCOL, subprotocol(offered)));
        }
        for (String ticket : extracted.tickets()) {
            attempts.add(
                    new Attempt(
                            AuthMethod.TICKET,
                            tickets.redeem(ticket, presented.origin())
                                    .filter(caller -> !isWithdrawn(caller))));
        }
        if (!urlTokens.isEmpty() && !extracted.urlTokens().isEmpty()) {
            attempts.add(new Attempt(AuthMethod.URL_TOKEN, urlToken(extracted.urlTokens())));
        }
        Principal principal = presented.principal();
        if (principal != null && principals.areAccepted()) {
            attempts.add(
                    new Attempt(
                            AuthMethod.COOKIE,
                            principals
                                    .find(principal, presented.origin())
                                    .map(caller -> named(PrincipalKind.COOKIE, caller))));
        }
        return attempts;
    }

    private Authentication withoutCredential(Credentials presented) {
        if (presented.certificate() != null && certificates.areAccepted()) {
            return certificates
                    .find(presented.certificate())
                    .<Authentication>map(caller ->
                            new Accepted(
                                    named(PrincipalKind.CERTIFICATE, caller),
                                    AuthMethod.CERTIFICATE))
                    .orElse(new Refused(Fault.INVALID, AuthMethod.CERTIFICATE));
        }
        if (allowAnonymous) {
            return new Accepted(Caller.ANONYMOUS, AuthMethod.NONE);
        }
        return inBand.enabled() ? new Awaited() : new Refused(Fault.MISSING, AuthMethod.NONE);
    }

    /**
     * Returns the principal of an {@code Authorization} header, or empty if its token is not valid.
     * May block, see {@link #token}.
     */
    public Optional<Caller> bearer(String authorization) {
        return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? token(authorization.substring(SCHEME.length()).strip())
                : Optional.empty();
    }

    /**
     * Returns the principal of an API token or JWT, or empty if it is not valid. May block for
     * seconds while the keys of the issuer are fetched.
     */
    public Optional<Caller> token(String token) {
        return tokens.find(token)
                .map(found -> {
                    Caller caller = named(found.kind(), found.caller());
                    if (found.jwt() != null) {
                        callerTokens.record(caller, found.jwt());
                    }
                    return caller;
                });
    }

    /** Returns the principal of a URL token, or empty if it is invalid or given more than once. */
    private Optional<Caller> urlToken(List<String> presented) {
        return presented.size() > 1
                ? Optional.empty()
                : urlTokens
                        .find(presented.getFirst())
                        .map(caller -> named(PrincipalKind.URL_TOKEN, caller));
    }

    /** Returns true if the caller's credential has expired or was revoked. */
    public boolean hasEnded(Caller caller) {
        Instant expiresAt = caller.expiresAt();
        return expiresAt != null && !Instant.now().isBefore(expiresAt) || isRevoked(caller);
    }

    /**
     * Returns true if the caller authenticated with a token that was removed from the configuration
     * or changed since, or with a URL token that was revoked.
     */
    public boolean isRevoked(Caller caller) {
        return isWithdrawn(caller)
                || (!qualified || PrincipalKind.URL_TOKEN.qualifies(caller))
                        && urlTokens.isRevoked(bareName(caller));
    }

    /**
     * Returns true if the caller authenticated with a token that was removed from the configuration
     * or changed since. Unlike {@link #isRevoked}, cheap enough for each message.
     */
    public boolean isWithdrawn(Caller caller) {
        return caller.token() != null && !tokens.contains(caller) && !urlTokens.contains(caller);
    }

    private Caller named(PrincipalKind kind, Caller caller) {
        return qualified ? kind.qualify(caller) : caller;
    }

    private String bareName(Caller caller) {
        return qualified ? PrincipalKind.bareName(caller) : caller.name();
    }

    private Optional<Caller> subprotocol(String offered) {
        if (offered.startsWith(Credentials.PLAIN_TOKEN)) {
            return token(offered.substring(Credentials.PLAIN_TOKEN.length()));
        }
        String encoded = offered.substring(Credentials.ENCODED_TOKEN.length());
        try {
            byte[] token = Base64.getUrlDecoder().decode(encoded);
            return token(new String(token, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
