package io.springline.feature.endpoint;

import io.springline.session.Caller;
import java.util.Collections;
import java.util.Set;

/** The roles and scopes of which a client needs one to use an endpoint. Thread-safe. */
public final class EndpointRoles {

    /** Stands for every client, including anonymous ones. */
    private static final String ALL = "*";

    private volatile Set<String> anyOf = Set.of();

    /**
     * @param roles empty if all clients may use the endpoint
     */
    public void require(Set<String> roles) {
        anyOf = roles.contains(ALL) ? Set.of() : Set.copyOf(roles);
    }

    /** Returns the roles of which the caller lacks all; empty if it may use the endpoint. */
    public Set<String> missing(Caller caller) {
        Set<String> needed = anyOf;
        return Collections.disjoint(needed, caller.roles()) ? needed : Set.of();
    }
}
