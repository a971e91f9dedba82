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
 * Finds the principal of a bearer token: a configured API token, or a JWT that Spring Security's
 * resource server accepts.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6750">RFC 6750</a>
 */
final class BearerTokens {

    /** The maximum length of a token in characters. A longer one is not valid. */
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
     * The principal of a valid token, and the kind of the token.
     *
     * @param jwt null for an API token
     */
    record Found(PrincipalKind kind, Caller caller, @Nullable Jwt jwt) {}

    /** Returns true if the caller's API token is configured, see {@link ApiTokens#contains}. */
    boolean contains(Caller caller) {
        return tokens.contains(caller);
    }

    /** Returns the kinds of tokens that are configured. */
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

    /**
     * Returns the principal of the token, or empty if it is not valid. If the decoder does not know
     * the key of a JWT, blocks while it fetches the issuer's keys.
     */
    Optional<Found> find(String token) {
        if (token.isEmpty() || token.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        return tokens.find(token)
                .map(caller -> new Found(PrincipalKind.TOKEN, caller, null))
                .or(() -> jwt(token));
    }

    private Optional<Found> jwt(String token) {
        if (jwts == null) {
            return Optional.empty();
        }
        try {
            Jwt jwt = jwts.decode(token);
            return Optional.ofNullable(jwt.getSubject())
                    .filter(subject -> !Caller.isReserved(subject) && !isExpired(jwt))
                    .map(subject -> new Caller(subject, roles(jwt), jwt.getExpiresAt()))
                    .map(caller -> new Found(PrincipalKind.JWT, caller, jwt));
        } catch (JwtValidationException e) {
            log.debug("JWT refused: {}", e.getMessage());
        } catch (BadJwtException e) {
            // the exception's message may contain a part of the token
            log.debug("JWT refused: it is malformed, or its signature is not valid");
        } catch (JwtException | JwtDecoderInitializationException e) {
            // any client can cause this, so the log is limited to one warning per interval
            long now = System.nanoTime();
            long due = warningDue.get();
            if (now - due >= 0
                    && warningDue.compareAndSet(due, now + IssuerRequests.INTERVAL.toNanos())) {
                log.atWarn()
                        .addKeyValue("cause", rootMessage(e))
                        .log(
                                "JWT could not be checked: the issuer's configuration or keys could"
                                        + " not be fetched; check that the issuer can be reached");
            }
        }
        return Optional.empty();
    }

    /**
     * Returns true if the JWT has expired. Spring Security accepts it for another minute, but the
     * connection would be closed with 4401 right after the upgrade.
     */
    private static boolean isExpired(Jwt jwt) {
        Instant expiresAt = jwt.getExpiresAt();
        return expiresAt != null && !expiresAt.isAfter(Instant.now());
    }

    /** Returns the values of the claims {@code scope}, {@code scp} and {@code roles}. */
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
