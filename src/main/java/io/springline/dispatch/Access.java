package io.springline.dispatch;

import io.springline.auth.AccessRules;
import io.springline.auth.AccessRules.Kind;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.McpSession;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds calls against the rules. A thing that a caller may not use is in none of its lists, and
 * asking for it is refused in the same way whether it exists or not.
 */
final class Access {

    private final AccessRules rules;

    Access(AccessRules rules) {
        this.rules = rules;
    }

    /**
     * @throws JsonRpcException with the scopes that are needed
     */
    void check(Call call) {
        if (rules.areEmpty()) {
            return;
        }
        JsonNode params = call.params();
        switch (call.method()) {
            case TOOLS_CALL -> check(call, Kind.TOOL, params.path("name"));
            case PROMPTS_GET -> check(call, Kind.PROMPT, params.path("name"));
            case RESOURCES_READ, RESOURCES_SUBSCRIBE ->
                    check(call, Kind.RESOURCE, params.path("uri"));
            case LISTEN ->
                    params.path("notifications")
                            .path("resourceSubscriptions")
                            .forEach(uri -> check(call, Kind.RESOURCE, uri));
            case COMPLETE -> {
                check(call, Kind.PROMPT, params.path("ref").path("name"));
                check(call, Kind.RESOURCE, params.path("ref").path("uri"));
            }
            case INITIALIZE,
                    PING,
                    SET_LEVEL,
                    RESOURCES_UNSUBSCRIBE,
                    DISCOVER,
                    TOOLS_LIST,
                    RESOURCES_LIST,
                    RESOURCE_TEMPLATES_LIST,
                    PROMPTS_LIST -> {}
        }
    }

    /** Which entries of the list that is asked for are shown; null for all. */
    @Nullable Predicate<String> visible(Call call) {
        if (rules.areEmpty()) {
            return null;
        }
        Kind kind =
                switch (call.method()) {
                    case TOOLS_LIST -> Kind.TOOL;
                    case PROMPTS_LIST -> Kind.PROMPT;
                    default -> Kind.RESOURCE;
                };
        return name -> missing(call.session(), kind, name).isEmpty();
    }

    /** Whether the session may hear of a resource. */
    boolean mayHear(McpSession session, String uri) {
        return rules.areEmpty() || missing(session, Kind.RESOURCE, uri).isEmpty();
    }

    /** What is no string is refused by whoever reads it. */
    private void check(Call call, Kind kind, JsonNode name) {
        Set<String> missing =
                name.isString() ? missing(call.session(), kind, name.stringValue()) : Set.of();
        if (!missing.isEmpty()) {
            throw insufficient(missing);
        }
    }

    private Set<String> missing(McpSession session, Kind kind, String name) {
        String endpoint = session.endpoint();
        // What an upstream's own endpoint calls x may stand as upstream_x in the rules.
        List<String> names =
                endpoint.equals(McpSession.MAIN_ENDPOINT) || kind == Kind.RESOURCE
                        ? List.of(name)
                        : List.of(name, endpoint + "_" + name);
        return rules.missing(kind, names, session.caller());
    }

    /**
     * @param scopes of which one is needed; empty when it is not known which
     */
    static JsonRpcException insufficient(Set<String> scopes) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        scopes.forEach(data.putArray("requiredScopes")::add);
        return ErrorCode.INSUFFICIENT_SCOPE.exception("insufficient scope", data);
    }
}
