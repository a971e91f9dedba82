package io.springline.session;

import java.security.Principal;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a connection speaks. Holds no credential.
 *
 * @param name stable and unique per principal; quotas and resumption are bound to it
 * @param roles what the principal may do: its roles, and the scopes of its token
 * @param expiresAt when the credential ends, or null when it does not
 */
public record Caller(String name, Set<String> roles, @Nullable Instant expiresAt)
        implements Principal {

    /** Everybody, where no credential is asked for. */
    public static final Caller ANONYMOUS = new Caller("anonymous", Set.of(), null);

    /** A client that has yet to say who it is, by {@code authenticate}. */
    public static final Caller UNIDENTIFIED = new Caller("unidentified", Set.of(), null);

    public Caller {
        Objects.requireNonNull(name, "name");
        roles = Set.copyOf(roles);
    }

    @Override
    public String getName() {
        return name;
    }

    public boolean isAnonymous() {
        return equals(ANONYMOUS);
    }

    public boolean isUnidentified() {
        return equals(UNIDENTIFIED);
    }

    /** Whether a credential may not name its principal so: the name would stand for nobody. */
    public static boolean isReserved(String name) {
        return name.isBlank() || name.equals(ANONYMOUS.name) || name.equals(UNIDENTIFIED.name);
    }
}
