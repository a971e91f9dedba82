package io.springline.auth;

import io.springline.auth.token.TokenHash;
import io.springline.session.Caller;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One-time tickets for clients that can set only a URL, such as browsers. A ticket is valid for one
 * handshake on this node, with the Origin it was issued for. Only its hash is stored.
 */
public final class Tickets {

    /** The maximum number of outstanding tickets of one principal. */
    static final int LIMIT_PER_PRINCIPAL = 100;

    private static final int BYTES = 32;

    private record Ticket(Caller caller, @Nullable String origin, long expiresAtMillis) {}

    private final SecureRandom random = new SecureRandom();

    /** By hash. In the order of their expiry, since all have the same lifetime. */
    private final Map<String, Ticket> outstanding = new LinkedHashMap<>();

    /** The number of outstanding tickets by principal; no entry for zero. */
    private final Map<String, Integer> byPrincipal = new HashMap<>();

    private final boolean enabled;
    private final Duration lifetime;
    private final int limit;
    private final InstantSource clock;

    /**
     * @param limit the maximum number of outstanding tickets on this node
     */
    Tickets(boolean enabled, Duration lifetime, int limit, InstantSource clock) {
        this.enabled = enabled;
        this.lifetime = lifetime;
        this.limit = limit;
        this.clock = clock;
    }

    /** Returns true if clients can get tickets. */
    public boolean areOffered() {
        return enabled;
    }

    /** Returns the time within which a ticket must be used. */
    public Duration lifetime() {
        return lifetime;
    }

    /**
     * Issues a ticket of 256 random bits in base64url. Returns empty if tickets are disabled, or if
     * this node or the principal has too many outstanding tickets.
     *
     * @param origin the Origin that the handshake must have, or null if it must have none
     */
    public synchronized Optional<String> issue(Caller caller, @Nullable String origin) {
        long now = clock.millis();
        removeExpired(now);
        if (!enabled
                || outstanding.size() >= limit
                || byPrincipal.getOrDefault(caller.name(), 0) >= LIMIT_PER_PRINCIPAL) {
            return Optional.empty();
        }
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String ticket = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        outstanding.put(
                TokenHash.of(ticket), new Ticket(caller, origin, now + lifetime.toMillis()));
        byPrincipal.merge(caller.name(), 1, Integer::sum);
        return Optional.of(ticket);
    }

    /**
     * Returns the caller that a ticket was issued to, or empty if the ticket is unknown, has
     * expired or was issued for another Origin. The ticket is used up in any case.
     */
    synchronized Optional<Caller> redeem(String ticket, @Nullable String origin) {
        Ticket found = outstanding.remove(TokenHash.of(ticket));
        if (found != null) {
            forget(found);
        }
        return found != null
                        && found.expiresAtMillis > clock.millis()
                        && Objects.equals(found.origin, origin)
                ? Optional.of(found.caller)
                : Optional.empty();
    }

    /** Removes expired tickets. Stops at the first valid one, since they are in order of expiry. */
    private void removeExpired(long now) {
        Iterator<Ticket> eldestFirst = outstanding.values().iterator();
        while (eldestFirst.hasNext()) {
            Ticket ticket = eldestFirst.next();
            if (ticket.expiresAtMillis > now) {
                return;
            }
            eldestFirst.remove();
            forget(ticket);
        }
    }

    private void forget(Ticket ticket) {
        byPrincipal.computeIfPresent(
                ticket.caller.name(), (_, count) -> count == 1 ? null : count - 1);
    }
}
