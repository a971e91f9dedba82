package io.springline.session;

import java.security.Principal;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The principal on whose behalf a connection acts. Holds no credential.
 *
 * @param name stable and unique per principal; quotas and resumption depend on it
 * @param roles the roles of the principal and the scopes of its token
 * @param expiresAt when the credential expires, or null if it does not
 * @param token identifies the configured token with which the caller authenticated, with its roles;
 *     the token cannot be derived from it. Null for all other credentials
 */
public record Caller(
        String name, Set<String> roles, @Nullable Instant expiresAt, @Nullable String token)
        implements Principal {

    /** The caller of a server that requires no credential. */
    public static final Caller ANONYMOUS = new Caller("anonymous", Set.of());

    /** A client that has not authenticated yet, and will do so by {@code authenticate}. */
    public static final Caller UNIDENTIFIED = new Caller("unidentified", Set.of());

    public Caller {
        Objects.requireNonNull(name, "name");
        roles = Set.copyOf(roles);
    }

    /** Creates a caller without a configured token, whose credential does not expire. */
    public Caller(String name, Set<String> roles) {
        this(name, roles, null);
    }

    /** Creates a caller without a configured token. */
    public Caller(String name, Set<String> roles, @Nullable Instant expiresAt) {
        this(name, roles, expiresAt, null);
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

    /**
     * Returns the name by which resources of the client are counted: its principal, or its address
     * while no principal is known.
     *
     * @param address the client's address, in the form by which connections are counted
     */
    public String clientAt(String address) {
        return isAnonymous() || isUnidentified() ? name + " at " + address : name;
    }

    /** Returns true if no credential may have this principal name. */
    public static boolean isReserved(String name) {
        return name.isBlank() || name.equals(ANONYMOUS.name) || name.equals(UNIDENTIFIED.name);
    }
}
