package io.springline.dispatch;

import io.springline.feature.endpoint.Features;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.request.InFlight;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One dispatcher for each endpoint of the service. */
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

    /** Returns the names of all endpoints, {@link McpSession#MAIN_ENDPOINT} among them. */
    public Set<String> names() {
        return endpoints.names();
    }

    /** Returns the dispatcher of an endpoint; null if there is no endpoint of this name. */
    public @Nullable McpDispatcher find(String endpoint) {
        McpDispatcher known = byEndpoint.get(endpoint);
        Features features = known == null ? endpoints.find(endpoint) : null;
        return features == null
                ? known
                : byEndpoint.computeIfAbsent(endpoint, _ -> create.apply(features));
    }

    /** Returns the main endpoint, and those at which the caller may use anything, sorted. */
    public List<String> usableBy(Caller caller) {
        return endpoints.names().stream()
                .filter(endpoint ->
                        endpoint.equals(McpSession.MAIN_ENDPOINT)
                                || access.mayUseAnything(endpoint, caller))
                .sorted()
                .toList();
    }

    McpDispatcher main() {
        return of(McpSession.MAIN_ENDPOINT);
    }

    /** See {@link McpDispatcher#stopAccepting}. */
    public void stopAccepting(boolean sessionsGoOn) {
        endpoints.names().forEach(each -> of(each).stopAccepting(sessionsGoOn));
    }

    /**
     * Ends the session's subscriptions with their result, so that its client knows that it is over.
     */
    public void endSubscriptions(McpSession session) {
        of(session.endpoint()).endSubscriptions(session);
    }

    /** Interrupts what is in flight and answers it: nobody knows how far it has come. */
    public void failInFlight(McpSession session) {
        for (InFlight request : session.inFlight().all()) {
            var failed = new ErrorResponse(request.id(), Draining.OUTCOME_UNKNOWN);
            // Runs the cancel actions of handlers: the drain does not wait for them.
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
