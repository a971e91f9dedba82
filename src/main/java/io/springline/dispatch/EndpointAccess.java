package io.springline.dispatch;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.feature.endpoint.Features;
import io.springline.session.Caller;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a caller with given roles may use at each endpoint, for operators. */
public final class EndpointAccess {

    private final Endpoints endpoints;
    private final AuthorizationGuard guard;

    EndpointAccess(Endpoints endpoints, AuthorizationGuard guard) {
        this.endpoints = endpoints;
        this.guard = guard;
    }

    /** Returns the names of all endpoints; that of the main one is empty. */
    public Set<String> names() {
        return Set.copyOf(endpoints.names());
    }

    /** Returns the features of an endpoint; null if there is none of this name. */
    public @Nullable Features find(String endpoint) {
        return endpoints.find(endpoint);
    }

    /** Returns the roles of which the caller needs one to use the endpoint; empty if it has one. */
    public Set<String> missing(String endpoint, Caller caller) {
        return endpoints.features(endpoint).roles().missing(caller);
    }

    /**
     * Returns the positions in {@code springline.auth.rules} of the rules that refuse the caller;
     * an empty list if no rule matches the feature; null if the caller may use it.
     *
     * @param name its name at the endpoint
     */
    public @Nullable List<Integer> refusing(
            String endpoint, Kind kind, String name, Caller caller) {
        return guard.refusing(endpoint, kind, name, caller);
    }

    /** Returns the roles and scopes that access rules name. */
    public Set<String> roles() {
        return guard.roles();
    }
}
