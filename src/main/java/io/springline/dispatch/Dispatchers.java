package io.springline.dispatch;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.dispatch.call.Draining;
import io.springline.feature.endpoint.Features;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.limit.EndpointConnections;
import io.springline.session.request.InFlight;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The dispatchers of all endpoints, and what callers may use there. */
public final class Dispatchers {

    private final Map<String, McpDispatcher> byEndpoint = new ConcurrentHashMap<>();
    private final Endpoints endpoints;
    private final AuthorizationGuard access;
    private final Function<Features, McpDispatcher> create;

    Dispatchers(
            Endpoints endpoints,
            AuthorizationGuard access,
            Function<Features, McpDispatcher> create) {
        this.endpoints = endpoints;
        this.access = access;
        this.create = create;
    }

    /** Returns the names of all endpoints, including {@link McpSession#MAIN_ENDPOINT}. */
    public Set<String> names() {
        return endpoints.names();
    }

    /** Returns the dispatcher of an endpoint, or null if there is no endpoint of this name. */
    public @Nullable McpDispatcher find(String endpoint) {
        McpDispatcher known = byEndpoint.get(endpoint);
        Features features = known == null ? endpoints.find(endpoint) : null;
        return features == null
                ? known
                : byEndpoint.computeIfAbsent(endpoint, _ -> create.apply(features));
    }

    /**
     * Returns the sorted names of the main endpoint and of those endpoints at which the caller may
     * use at least one feature.
     */
    public List<String> usableBy(Caller caller) {
        return endpoints.names().stream()
                .filter(endpoint ->
                        endpoint.equals(McpSession.MAIN_ENDPOINT)
                                || access.mayUseAnything(endpoint, caller))
                .sorted()
                .toList();
    }

    /** Returns true if the caller has one of the roles that the endpoint requires. */
    public boolean mayUse(String endpoint, Caller caller) {
        return access.mayUse(endpoint, caller);
    }

    /** Returns the features of the endpoint, or null if no endpoint has this name. */
    public @Nullable Features features(String endpoint) {
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
        return access.refusing(endpoint, kind, name, caller);
    }

    /** Returns the roles and scopes that access rules name. */
    public Set<String> ruleRoles() {
        return access.roles();
    }

    /** Returns the count of connections at an endpoint that exists. */
    public EndpointConnections connections(String endpoint) {
        return endpoints.features(endpoint).connections();
    }

    McpDispatcher main() {
        return of(McpSession.MAIN_ENDPOINT);
    }

    /** Stops all endpoints from running new requests. See {@link McpDispatcher#stopAccepting}. */
    public void stopAccepting(boolean sessionsGoOn) {
        endpoints.names().forEach(each -> of(each).stopAccepting(sessionsGoOn));
    }

    /**
     * Ends the session's {@code subscriptions/listen} requests with their result, so that the
     * client learns that they are over. Does not wait for the client's share of the processors.
     */
    public void endSubscriptions(McpSession session) {
        session.share().runAtOnce(() -> of(session.endpoint()).endSubscriptions(session));
    }

    /**
     * Interrupts the handlers of the session's requests in flight, and answers these with the error
     * {@code draining}, outcome unknown.
     */
    public void failInFlight(McpSession session) {
        for (InFlight request : session.inFlight().all()) {
            var failed = new ErrorResponse(request.id(), Draining.OUTCOME_UNKNOWN);
            // Cancel actions of handlers run there: the drain does not wait for them.
            Thread.startVirtualThread(() -> request.expire(failed));
        }
    }

    /** Returns the dispatcher of an endpoint that exists. */
    public McpDispatcher of(String endpoint) {
        McpDispatcher dispatcher = find(endpoint);
        if (dispatcher == null) {
            throw new IllegalArgumentException("no endpoint '%s'".formatted(endpoint));
        }
        return dispatcher;
    }
}
