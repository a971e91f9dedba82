package io.springline.dispatch;

import io.springline.feature.Features;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.session.Caller;
import io.springline.session.InFlight;
import io.springline.session.McpSession;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** One dispatcher for each endpoint of the service. */
public final class Dispatchers {

    private final Map<String, McpDispatcher> byEndpoint = new TreeMap<>();
    private final AuthorizationGuard access;

    Dispatchers(
            Map<String, Features> endpoints,
            AuthorizationGuard access,
            Function<Features, McpDispatcher> create) {
        this.access = access;
        endpoints.forEach((endpoint, features) -> byEndpoint.put(endpoint, create.apply(features)));
    }

    /** By endpoint, {@link McpSession#MAIN_ENDPOINT} among them. */
    public Map<String, McpDispatcher> byEndpoint() {
        return Map.copyOf(byEndpoint);
    }

    /** Returns the main endpoint, and those at which the caller may use anything, sorted. */
    public List<String> usableBy(Caller caller) {
        return byEndpoint.keySet().stream()
                .filter(endpoint ->
                        endpoint.equals(McpSession.MAIN_ENDPOINT)
                                || access.mayUseAnything(endpoint, caller))
                .toList();
    }

    McpDispatcher main() {
        return of(McpSession.MAIN_ENDPOINT);
    }

    /** See {@link McpDispatcher#stopAccepting}. */
    public void stopAccepting(boolean sessionsGoOn) {
        byEndpoint.values().forEach(each -> each.stopAccepting(sessionsGoOn));
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

    private McpDispatcher of(String endpoint) {
        McpDispatcher dispatcher = byEndpoint.get(endpoint);
        if (dispatcher == null) {
            throw new IllegalArgumentException("no endpoint '%s'".formatted(endpoint));
        }
        return dispatcher;
    }
}
