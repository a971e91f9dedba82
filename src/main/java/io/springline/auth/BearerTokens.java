package io.springline.auth;

import io.springline.session.Caller;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoderInitializationException;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtValidationException;

/**
 * Whom a bearer token belongs to: a configured one, or a JWT of the issuer that Spring Security's
 * resource server is configured for.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</a>
 */
final class BearerTokens {

    /** A longer one is none; that of a header cannot be longer anyway. */
    private static final int MAX_LENGTH = 16_384;

    private static final Logger log = LoggerFactory.getLogger(BearerTokens.class);

    private final AtomicLong warningDue = new AtomicLong(System.nanoTime());
    private final ApiTokens tokens;
    private final @Nullable JwtDecoder jwts;

    BearerTokens(ApiTokens tokens, @Nullable JwtDecoder jwts) {
        this.tokens = tokens;
        this.jwts = jwts;
    }

    /**
     * @param kind of the token
     */
    record Found(PrincipalKind kind, Caller caller) {}

    /** Returns the kinds of tokens that can be valid. */
    Set<PrincipalKind> kinds() {
        var kinds = EnumSet.noneOf(PrincipalKind.class);
        if (!tokens.isEmpty()) {
            kinds.add(PrincipalKind.TOKEN);
        }
        if (jwts != null) {
            kinds.add(PrincipalKind.JWT);
        }
        return kinds;
    }

    /** Empty for a token that is not valid. May ask the issuer for its keys, and wait for them. */
    Optional<Found> find(String token) {
        if (token.isEmpty() || token.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        return tokens.find(token)
                .map(caller -> new Found(PrincipalKind.TOKEN, caller))
                .or(() -> jwt(token).map(caller -> new Found(PrincipalKind.JWT, caller)));
    }

    private Optional<Caller> jwt(String token) {
        if (jwts == null) {
            return Optional.empty();
        }
        try {
            Jwt jwt = jwts.decode(token);
            return Optional.ofNullable(jwt.getSubject())
                    .filter(subject -> !Caller.isReserved(subject) && !isExpired(jwt))
                    .map(subject -> new Caller(subject, roles(jwt), jwt.getExpiresAt()));
        } catch (JwtValidationException e) {
            log.debug("JWT refused: {}", e.getMessage());
        } catch (BadJwtException e) {
            // The message may hold a part of what was sent.
            log.debug("JWT refused: malformed, or signed by somebody else");
        } catch (JwtException | JwtDecoderInitializationException e) {
            // Anybody can cause this as often as the rate of an address allows.
            long now = System.nanoTime();
            long due = warningDue.get();
            if (now - due >= 0
                    && warningDue.compareAndSet(due, now + IssuerRequests.INTERVAL.toNanos())) {
                log.atWarn().addKeyValue("cause", rootMessage(e)).log("JWT could not be checked");
            }
        }
        return Optional.empty();
    }

    /**
     * Spring Security leaves a minute of grace, which would end in 4401 right after the upgrade.
     */
    private static boolean isExpired(Jwt jwt) {
        Instant expiresAt = jwt.getExpiresAt();
        return expiresAt != null && !expiresAt.isAfter(Instant.now());
    }

    /** The scopes, and the values of a {@code roles} claim. */
    private static Set<String> roles(Jwt jwt) {
        var roles = new LinkedHashSet<String>();
        for (String claim : List.of("scope", "scp", "roles")) {
            switch (jwt.getClaims().get(claim)) {
                case String text -> roles.addAll(List.of(text.split(" +")));
                case List<?> list -> list.forEach(each -> roles.add(String.valueOf(each)));
                case null, default -> {}
            }
        }
        roles.removeIf(String::isBlank);
        return roles;
    }

    private static String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }
}
