package io.springline.dispatch;

import io.springline.feature.Features;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.session.InFlight;
import io.springline.session.McpSession;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** One dispatcher for each endpoint of the service. */
public final class Dispatchers {

    private final Map<String, McpDispatcher> byEndpoint = new TreeMap<>();

    Dispatchers(Map<String, Features> endpoints, Function<Features, McpDispatcher> create) {
        endpoints.forEach((endpoint, features) -> byEndpoint.put(endpoint, create.apply(features)));
    }

    /** By endpoint, {@link McpSession#MAIN_ENDPOINT} among them. */
    public Map<String, McpDispatcher> byEndpoint() {
        return Map.copyOf(byEndpoint);
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
