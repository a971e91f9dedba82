package io.springline.auth;

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
 * One-time tickets for clients that can set nothing but a URL. A ticket is known by its hash, is
 * good for one handshake on this node, and only from the Origin that it was made for.
 */
public final class Tickets {

    /** Outstanding ones of one principal. */
    static final int LIMIT_PER_PRINCIPAL = 100;

    private static final int BYTES = 32;

    private record Ticket(Caller caller, @Nullable String origin, long expiresAtMillis) {}

    private final SecureRandom random = new SecureRandom();

    /** In the order in which they expire, since all live equally long. */
    private final Map<String, Ticket> outstanding = new LinkedHashMap<>();

    /** How many are outstanding of each principal that has any. */
    private final Map<String, Integer> byPrincipal = new HashMap<>();

    private final boolean enabled;
    private final Duration lifetime;
    private final int limit;
    private final InstantSource clock;

    /**
     * @param limit outstanding ones of this node
     */
    Tickets(boolean enabled, Duration lifetime, int limit, InstantSource clock) {
        this.enabled = enabled;
        this.lifetime = lifetime;
        this.limit = limit;
        this.clock = clock;
    }

    /** Whether tickets are given out. */
    public boolean areOffered() {
        return enabled;
    }

    /** How long a ticket is good. */
    public Duration lifetime() {
        return lifetime;
    }

    /**
     * A ticket of at least 128 random bits, fit for a URL; empty when too many are outstanding.
     *
     * @param origin that the handshake must have, or null for none
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
                ApiTokens.sha256(ticket), new Ticket(caller, origin, now + lifetime.toMillis()));
        byPrincipal.merge(caller.name(), 1, Integer::sum);
        return Optional.of(ticket);
    }

    /** Uses the ticket up, also when it turns out not to be valid. */
    synchronized Optional<Caller> redeem(String ticket, @Nullable String origin) {
        Ticket found = outstanding.remove(ApiTokens.sha256(ticket));
        if (found != null) {
            forget(found);
        }
        return found != null
                        && found.expiresAtMillis > clock.millis()
                        && Objects.equals(found.origin, origin)
                ? Optional.of(found.caller)
                : Optional.empty();
    }

    /** The first that has not expired ends it: so many tickets cost no more than few. */
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
