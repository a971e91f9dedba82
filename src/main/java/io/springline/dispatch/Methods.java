package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.call.MultiRoundTrip;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.Page;
import io.springline.feature.schema.Params;
import io.springline.mcp.LogLevel;
import io.springline.mcp.McpMethod;
import io.springline.session.McpSession;
import io.springline.session.request.InFlight;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What each method does: one line for each, from its params to what is served. */
final class Methods {

    private final Features features;
    private final AuthorizationGuard access;
    private final Lifecycle lifecycle;
    private final SubscriptionHandler listening;
    private final MultiRoundTrip rounds;

    Methods(
            Features features,
            AuthorizationGuard access,
            Lifecycle lifecycle,
            SubscriptionHandler listening,
            MultiRoundTrip rounds) {
        this.features = features;
        this.access = access;
        this.lifecycle = lifecycle;
        this.listening = listening;
        this.rounds = rounds;
    }

    /**
     * Runs on the request's own thread, or where it was read for {@linkplain McpMethod#isInline
     * some}.
     */
    CallOutcome call(CallContext context) throws Exception {
        Call call = context.turn().call();
        ObjectNode params = call.params();
        access.check(call);
        return switch (call.method()) {
            case INITIALIZE -> result(lifecycle.initialize(call.session(), params));
            case DISCOVER -> result(lifecycle.discover());
            case PING -> empty();
            case SET_LEVEL -> {
                call.session().logLevel(level(params));
                yield empty();
            }
            case RESOURCES_SUBSCRIBE -> {
                listening.subscribe(call.session(), params, features.resources());
                yield empty();
            }
            case RESOURCES_UNSUBSCRIBE -> {
                listening.unsubscribe(call.session(), params, features.resources());
                yield empty();
            }
            case LISTEN -> listening.listen(call, context.turn().inFlight(), features.resources());
            case TOOLS_LIST ->
                    list(
                            "tools",
                            features.tools().list(cursor(params), access.visible(call), id(call)));
            case RESOURCES_LIST ->
                    list(
                            "resources",
                            features.resources()
                                    .list(cursor(params), access.visible(call), id(call)));
            case RESOURCE_TEMPLATES_LIST ->
                    list(
                            "resourceTemplates",
                            features.resources()
                                    .listTemplates(cursor(params), access.visible(call), id(call)));
            case PROMPTS_LIST ->
                    list(
                            "prompts",
                            features.prompts()
                                    .list(cursor(params), access.visible(call), id(call)));
            case TOOLS_CALL ->
                    rounds.serve(
                            context,
                            round -> features.tools().call(round, params, call.session().share()));
            case RESOURCES_READ ->
                    rounds.serve(context, round -> features.resources().read(round, params));
            case PROMPTS_GET ->
                    rounds.serve(context, round -> features.prompts().get(round, params));
            case COMPLETE -> result(features.completions().complete(context, params));
        };
    }

    /**
     * Whether it may be run again when it is not known whether it was run: all but tools that do
     * not say so.
     */
    boolean isRepeatable(Call call) {
        return switch (call.method()) {
            case TOOLS_CALL -> features.tools().isRepeatable(call.params(), id(call));
            case INITIALIZE,
                    DISCOVER,
                    PING,
                    SET_LEVEL,
                    RESOURCES_SUBSCRIBE,
                    RESOURCES_UNSUBSCRIBE,
                    LISTEN,
                    TOOLS_LIST,
                    RESOURCES_LIST,
                    RESOURCE_TEMPLATES_LIST,
                    PROMPTS_LIST,
                    RESOURCES_READ,
                    PROMPTS_GET,
                    COMPLETE ->
                    true;
        };
    }

    /** A subscription that another node has opened goes on here. */
    void keepListening(McpSession session, InFlight listen) {
        listening.keep(session, listen, features.resources());
    }

    /** As {@link #keepListening}, of the legacy era's subscriptions. */
    void keepSubscriptions(McpSession session) {
        listening.keep(session, features.resources());
    }

    /** See {@link SubscriptionHandler#endAll}. */
    Map<JsonPointer, String> argumentHeaders(String tool) {
        return features.tools().argumentHeaders(tool);
    }

    void endListening(McpSession session) {
        listening.endAll(session, features.resources());
    }

    /** The name of the tool or prompt that the call is about, if there is one of this name. */
    @Nullable String target(Call call) {
        String name = call.params().path("name").asString("");
        boolean known =
                switch (call.method()) {
                    case TOOLS_CALL -> features.tools().has(name, id(call));
                    case PROMPTS_GET -> features.prompts().has(name, id(call));
                    default -> false;
                };
        return known ? name : null;
    }

    private static String id(Call call) {
        return call.session().connection().id();
    }

    private static CallOutcome list(String member, Page page) {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray(member).addAll(page.items());
        if (page.nextCursor() != null) {
            result.put("nextCursor", page.nextCursor());
        }
        return result(result);
    }

    private static @Nullable String cursor(ObjectNode params) {
        return Params.optionalString(params, "cursor");
    }

    private static LogLevel level(ObjectNode params) {
        return LogLevel.of(Params.string(params, "level"))
                .orElseThrow(() -> Params.invalid("level", "must be one of " + LogLevel.allowed()));
    }

    private static CallOutcome result(ObjectNode json) {
        return new CallOutcome.Result(json);
    }

    private static CallOutcome empty() {
        return result(JsonNodeFactory.instance.objectNode());
    }
}
