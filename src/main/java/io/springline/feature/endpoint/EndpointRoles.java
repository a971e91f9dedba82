package io.springline.feature.endpoint;

import io.springline.session.Caller;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** The roles and scopes of which a client needs one to use an endpoint. Thread-safe. */
public final class EndpointRoles {

    /** Stands for every client, including anonymous ones. */
    private static final String ALL = "*";

    /**
     * The roles of one version of the endpoint.
     *
     * @param anyOf empty if all clients may use the endpoint
     */
    private record Requirement(Object version, Set<String> anyOf) {}

    /** In the order of the versions. A client must fulfil all of them. */
    private volatile List<Requirement> requirements = List.of();

    /**
     * Requires these roles in addition to those of earlier versions, whose features the endpoint
     * still shows. Call {@link #settle} when it shows those of this version.
     *
     * @param version compared by identity
     * @param roles empty if all clients may use the endpoint
     */
    public synchronized void narrow(Object version, Set<String> roles) {
        var more = new ArrayList<>(requirements);
        more.add(new Requirement(version, roles.contains(ALL) ? Set.of() : Set.copyOf(roles)));
        requirements = List.copyOf(more);
    }

    /** Ends the requirements of all versions before this one. */
    public synchronized void settle(Object version) {
        List<Requirement> all = requirements;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).version == version) {
                requirements = List.copyOf(all.subList(i, all.size()));
                return;
            }
        }
    }

    /** Returns the roles of which the caller lacks all; empty if it may use the endpoint. */
    public Set<String> missing(Caller caller) {
        for (Requirement each : requirements) {
            if (!each.anyOf.isEmpty() && Collections.disjoint(each.anyOf, caller.roles())) {
                return each.anyOf;
            }
        }
        return Set.of();
    }
}
