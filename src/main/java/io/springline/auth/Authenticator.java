package io.springline.auth;

import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Awaited;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authentication.Refused;
import io.springline.session.Caller;
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
 * Who is at the door. Decides once, before the upgrade, by everything that the client presents:
 *
 * <ol>
 *   <li>{@code Authorization: Bearer}, a subprotocol with a token, a ticket, a URL token and a
 *       cookie session each name a principal. All that are there must be valid, and have the same
 *       name: else 401.
 *   <li>Of several the first in this order counts: its kind, its roles, and its expiry.
 *   <li>A client certificate counts where there is none of them: it often is that of a proxy or a
 *       machine, on whose connection a user's token travels.
 *   <li>Nobody: anonymous, or let in to say {@code authenticate}, or 401, as configured.
 * </ol>
 *
 * If credentials of more than one {@linkplain PrincipalKind kind} are configured, the names of
 * principals begin with it. Where no credential is configured everybody is anonymous, whatever they
 * present.
 */
public final class Authenticator {

    private static final String SCHEME = "bearer ";

    /** A bearer token (RFC 6750, section 2.1), or credentials of another scheme (RFC 9110). */
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\s*(bearer +[\\x21-\\x7E]+|(?!bearer\\s)[a-z0-9!#$%&'*+.^_`|~-]+ +\\S.*)\\s*",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private record Attempt(AuthMethod way, Optional<Caller> caller) {}

    private final BearerTokens tokens;
    private final Tickets tickets;
    private final UrlTokens urlTokens;
    private final SessionPrincipals principals;
    private final ClientCertificates certificates;
    private final AuthProperties.InBand inBand;
    private final boolean allowAnonymous;
    private final boolean qualified;

    Authenticator(
            BearerTokens tokens,
            Tickets tickets,
            UrlTokens urlTokens,
            SessionPrincipals principals,
            ClientCertificates certificates,
            AuthProperties.InBand inBand,
            boolean allowAnonymous) {
        this.tokens = tokens;
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

    /** Whether there is any credential that a client could present. */
    public boolean hasCredentials() {
        return !tokens.kinds().isEmpty()
                || !urlTokens.isEmpty()
                || principals.areAccepted()
                || certificates.areAccepted();
    }

    /** Returns true if a client needs a token that it cannot get from an authorization server. */
    public boolean requiresConfiguredToken() {
        return tokens.kinds().equals(Set.of(PrincipalKind.TOKEN)) && !allowAnonymous;
    }

    /** Returns which credentials clients need, in words for operators. */
    public String admitted() {
        if (!hasCredentials()) {
            return "without credentials, since none are configured";
        }
        var ways = new ArrayList<String>();
        if (tokens.kinds().contains(PrincipalKind.TOKEN)) {
            ways.add("a bearer token");
        }
        if (tokens.kinds().contains(PrincipalKind.JWT)) {
            ways.add("a JWT of the issuer");
        }
        if (!urlTokens.isEmpty()) {
            ways.add("a token in the URL");
        }
        if (principals.areAccepted()) {
            ways.add("a login of the application");
        }
        if (certificates.areAccepted()) {
            ways.add("a client certificate");
        }
        return "with %s%s"
                .formatted(
                        String.join(" or ", ways),
                        allowAnonymous ? "; without any of them as anonymous" : "");
    }

    /** Whether a browser may come in by a cookie, so that the Origin is all that stands between. */
    public boolean acceptsCookies() {
        return principals.areAccepted();
    }

    /** How long a client may take, from the upgrade on, to say who it is. */
    public Duration deadline() {
        return inBand.deadline();
    }

    /** Uses up the ticket among the credentials, whatever else is wrong with them. */
    public Authentication authenticate(Credentials presented) {
        if (!hasCredentials()) {
            return new Accepted(Caller.ANONYMOUS, AuthMethod.NONE);
        }
        List<Attempt> attempts = attempts(presented);
        if (attempts.isEmpty()) {
            return withoutCredential(presented);
        }
        Attempt first = attempts.getFirst();
        for (Attempt each : attempts) {
            if (each.caller.isEmpty()) {
                return new Refused(fault(each.way, presented), each.way);
            }
            if (!each.caller.map(this::bareName).equals(first.caller.map(this::bareName))) {
                return new Refused(Fault.CONFLICT, each.way);
            }
        }
        return new Accepted(first.caller.orElseThrow(), first.way);
    }

    private static Fault fault(AuthMethod way, Credentials presented) {
        List<String> headers = presented.lifted().authorization();
        boolean wellFormed =
                way != AuthMethod.AUTHORIZATION
                        || headers.size() == 1 && HEADER.matcher(headers.getFirst()).matches();
        return wellFormed ? Fault.INVALID : Fault.MALFORMED;
    }

    /** In the order of their precedence. */
    private List<Attempt> attempts(Credentials presented) {
        Credentials.Lifted lifted = presented.lifted();
        var attempts = new ArrayList<Attempt>(1);
        for (String header : lifted.authorization()) {
            attempts.add(new Attempt(AuthMethod.AUTHORIZATION, bearer(header)));
        }
        for (String offered : lifted.subprotocols()) {
            attempts.add(new Attempt(AuthMethod.SUBPROTOCOL, subprotocol(offered)));
        }
        for (String ticket : lifted.tickets()) {
            attempts.add(
                    new Attempt(AuthMethod.TICKET, tickets.redeem(ticket, presented.origin())));
        }
        if (!urlTokens.isEmpty() && !lifted.urlTokens().isEmpty()) {
            attempts.add(new Attempt(AuthMethod.URL_TOKEN, urlToken(lifted.urlTokens())));
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

    /** Of the value of an {@code Authorization} header; empty when it is not valid. */
    public Optional<Caller> bearer(String authorization) {
        return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? token(authorization.substring(SCHEME.length()).strip())
                : Optional.empty();
    }

    /** Of a bare token; empty when it is not valid. May wait for the keys of its issuer. */
    public Optional<Caller> token(String token) {
        return tokens.find(token).map(found -> named(found.kind(), found.caller()));
    }

    /** Empty also for a parameter that stands there twice, even with the same value. */
    private Optional<Caller> urlToken(List<String> presented) {
        return presented.size() > 1
                ? Optional.empty()
                : urlTokens
                        .find(presented.getFirst())
                        .map(caller -> named(PrincipalKind.URL_TOKEN, caller));
    }

    /** Returns true if the credential that named the caller has expired or was revoked. */
    public boolean hasEnded(Caller caller) {
        Instant expiresAt = caller.expiresAt();
        return expiresAt != null && !Instant.now().isBefore(expiresAt) || isRevoked(caller);
    }

    /** Returns true if the URL token that named the caller has been revoked since. */
    public boolean isRevoked(Caller caller) {
        return (!qualified || PrincipalKind.URL_TOKEN.qualifies(caller))
                && urlTokens.isRevoked(bareName(caller));
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
