package io.springline.dispatch;

import io.springline.auth.access.AccessRules;
import io.springline.auth.access.AccessRules.Kind;
import io.springline.dispatch.call.Call;
import io.springline.dispatch.task.TaskAccess;
import io.springline.feature.endpoint.Features;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskTool;
import io.springline.feature.uri.CanonicalUri;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpMethod;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Subscriptions;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Applies the access rules to calls and lists. A feature that a caller may not use is missing from
 * its lists, and a call of it gets the same error whether or not the feature exists.
 */
final class AuthorizationGuard implements TaskAccess {

    /** Separates the name of an upstream and the upstream's own name of a tool or prompt. */
    private static final String SEPARATOR = "_";

    /** A longer name or URI is refused without a comparison with the rules. In characters. */
    private static final int MAX_NAME_LENGTH = Subscriptions.MAX_URI_LENGTH;

    /** Stands for any session where names are looked up for no particular one. */
    private static final String EVERYBODY = "";

    private final AccessRules rules;
    private final Endpoints endpoints;

    AuthorizationGuard(AccessRules rules, Endpoints endpoints) {
        this.rules = rules;
        this.endpoints = endpoints;
    }

    /**
     * Returns if the caller may make the call.
     *
     * @throws JsonRpcException {@code 403} with the scopes that the caller lacks, empty if no scope
     *     would allow the call
     */
    void check(Call call) {
        McpSession session = call.session();
        Set<String> missing =
                endpoints.features(session.endpoint()).roles().missing(session.caller());
        if (!missing.isEmpty() && call.method() != McpMethod.PING) {
            throw insufficient(missing);
        }
        if (rules.areEmpty()) {
            return;
        }
        JsonNode params = call.params();
        var needed = new TreeSet<String>();
        switch (call.method()) {
            case TOOLS_CALL -> check(call, Kind.TOOL, params.path("name"), needed);
            case PROMPTS_GET -> check(call, Kind.PROMPT, params.path("name"), needed);
            case RESOURCES_READ, RESOURCES_SUBSCRIBE ->
                    check(call, Kind.RESOURCE, params.path("uri"), needed);
            case LISTEN ->
                    params.path("notifications")
                            .path("resourceSubscriptions")
                            .valueStream()
                            .limit(Subscriptions.MAX_URIS + 1L) // more are refused anyway
                            .forEach(uri -> check(call, Kind.RESOURCE, uri, needed));
            case COMPLETE -> {
                check(call, Kind.PROMPT, params.path("ref").path("name"), needed);
                check(call, Kind.RESOURCE, params.path("ref").path("uri"), needed);
            }
            case EXTENSION -> {
                if (!mayUseAnything(call.session().endpoint(), call.session().caller())) {
                    throw insufficient(Set.of());
                }
                check(call, Kind.RESOURCE, params.path("uri"), needed);
            }
            case INITIALIZE,
                    PING,
                    SET_LEVEL,
                    RESOURCES_UNSUBSCRIBE,
                    DISCOVER,
                    TOOLS_LIST,
                    RESOURCES_LIST,
                    RESOURCE_TEMPLATES_LIST,
                    PROMPTS_LIST,
                    TASKS_GET,
                    TASKS_UPDATE,
                    TASKS_CANCEL,
                    TASKS_RESULT,
                    TASKS_LIST -> {}
        }
        if (!needed.isEmpty()) {
            throw insufficient(needed);
        }
    }

    /**
     * Returns the filter for the list that the call requests or that has the tool which it calls,
     * or null if all entries are visible.
     */
    @Nullable Predicate<String> visible(Call call) {
        if (rules.areEmpty()) {
            return null;
        }
        Kind kind =
                switch (call.method()) {
                    case TOOLS_LIST, TOOLS_CALL -> Kind.TOOL;
                    case PROMPTS_LIST -> Kind.PROMPT;
                    default -> Kind.RESOURCE;
                };
        return name -> refusal(call.session(), kind, name).isEmpty();
    }

    /** Returns true if the session may call the tool. */
    boolean mayCall(McpSession session, String tool) {
        return mayUse(session.endpoint(), session.caller())
                && (rules.areEmpty() || refusal(session, Kind.TOOL, tool).isEmpty());
    }

    /** Returns the tool that a session calls by this name, as its task names it. */
    TaskTool taskTool(McpSession session, String name) {
        String endpoint = session.endpoint();
        return new TaskTool(
                endpoint, List.copyOf(names(endpoint, session.connection().id(), Kind.TOOL, name)));
    }

    @Override
    public boolean mayUse(McpSession session, Task task) {
        TaskTool tool = task.tool();
        String endpoint = tool.endpoint();
        return endpoint == null // not known, and only the principal was checked then
                || endpoints.find(endpoint) != null
                        && mayUse(endpoint, session.caller())
                        && rules.refusal(Kind.TOOL, tool.names(), session.caller()).isEmpty();
    }

    /** Returns true if the session may receive updates of the resource. */
    boolean mayHear(McpSession session, String uri) {
        return mayUse(session.endpoint(), session.caller())
                && (rules.areEmpty() || refusal(session, Kind.RESOURCE, uri).isEmpty());
    }

    /** See {@link AccessRules#refusing}. Does not know features that only some sessions have. */
    @Nullable List<Integer> refusing(String endpoint, Kind kind, String name, Caller caller) {
        return rules.areEmpty()
                ? null
                : rules.refusing(kind, names(endpoint, EVERYBODY, kind, name), caller);
    }

    /** Returns the roles and scopes that rules name. */
    Set<String> roles() {
        return rules.roles();
    }

    /** Returns true if there are no rules, or if a rule matches the feature of this name. */
    boolean isNamed(String endpoint, Kind kind, String name) {
        return rules.areAbout(kind, names(endpoint, EVERYBODY, kind, name));
    }

    /**
     * Adds the scopes that the caller lacks for one feature. Ignores a name that is not a string:
     * the method itself rejects it.
     *
     * @param needed receives the missing scopes
     * @throws JsonRpcException if no scope would allow the call, or if the name is too long
     */
    private void check(Call call, Kind kind, JsonNode name, Set<String> needed) {
        if (name.asString("").length() > MAX_NAME_LENGTH) {
            throw insufficient(Set.of());
        }
        if (name.isString()) {
            refusal(call.session(), kind, name.stringValue())
                    .ifPresent(scopes -> {
                        if (scopes.isEmpty()) {
                            throw insufficient(scopes);
                        }
                        needed.addAll(scopes);
                    });
        }
    }

    /** Returns true if the caller may use at least one feature of the endpoint. */
    boolean mayUseAnything(String endpoint, Caller caller) {
        if (!mayUse(endpoint, caller)) {
            return false;
        }
        if (rules.areEmpty()) {
            return true;
        }
        Features features = endpoints.features(endpoint);
        return features.preparations().areNeeded()
                || mayUseAny(endpoint, Kind.TOOL, features.tools().names(), caller)
                || mayUseAny(endpoint, Kind.PROMPT, features.prompts().names(), caller)
                || mayUseAny(endpoint, Kind.RESOURCE, features.resources().uris(), caller)
                || mayUseAny(endpoint, Kind.RESOURCE, features.resources().uriTemplates(), caller);
    }

    /** Returns true if the caller has one of the roles that the endpoint requires. */
    boolean mayUse(String endpoint, Caller caller) {
        return endpoints.features(endpoint).roles().missing(caller).isEmpty();
    }

    private boolean mayUseAny(String endpoint, Kind kind, Set<String> offered, Caller caller) {
        return offered.stream()
                .anyMatch(name ->
                        rules.refusal(kind, names(endpoint, EVERYBODY, kind, name), caller)
                                .isEmpty());
    }

    /**
     * Refuses a resource that is not listed also if it is refused under its canonical URI, because
     * its server may read both as the same.
     */
    private Optional<SortedSet<String>> refusal(McpSession session, Kind kind, String name) {
        Optional<SortedSet<String>> refusal = refusalOf(session, kind, name);
        if (kind != Kind.RESOURCE
                || refusal.isPresent()
                || endpoints.features(session.endpoint()).resources().uris().contains(name)) {
            return refusal;
        }
        String canonical = CanonicalUri.of(name);
        return canonical.equals(name) ? refusal : refusalOf(session, kind, canonical);
    }

    private Optional<SortedSet<String>> refusalOf(McpSession session, Kind kind, String name) {
        String id = session.connection().id();
        return rules.refusal(kind, names(session.endpoint(), id, kind, name), session.caller());
    }

    /**
     * Returns all names by which rules can match the feature that a session calls {@code name} at
     * the endpoint.
     *
     * @param id the session's id, since names of upstream features can differ between sessions
     */
    private Collection<String> names(String endpoint, String id, Kind kind, String name) {
        Features features = endpoints.features(endpoint);
        if (kind == Kind.RESOURCE) {
            return features.resources().namesOf(name, id);
        }
        List<String> known =
                kind == Kind.TOOL
                        ? features.tools().namesOf(name, id)
                        : features.prompts().namesOf(name, id);
        if (known.size() > 1) {
            return known;
        }
        var names = new LinkedHashSet<>(List.of(name));
        if (!endpoint.equals(McpSession.MAIN_ENDPOINT)) {
            names.add(endpoint + SEPARATOR + name);
        } else if (known.isEmpty()) {
            // The name is treated as if the upstream had it, so that an error does not reveal what
            // exists.
            endpoints.names().stream()
                    .filter(upstream -> !upstream.isEmpty())
                    .map(upstream -> upstream + SEPARATOR)
                    .filter(name::startsWith)
                    .forEach(prefix -> names.add(name.substring(prefix.length())));
        }
        return names;
    }

    /**
     * Returns the error for a call that the rules refuse.
     *
     * @param scopes the missing scopes, empty if no scope would allow the call
     */
    static JsonRpcException insufficient(Set<String> scopes) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        scopes.forEach(data.putArray("requiredScopes")::add);
        return ErrorCode.INSUFFICIENT_SCOPE.exception("insufficient scope", data);
    }
}
