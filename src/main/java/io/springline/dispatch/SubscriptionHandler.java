package io.springline.dispatch;

import io.springline.dispatch.call.Call;
import io.springline.dispatch.call.CallContext;
import io.springline.dispatch.call.CallOutcome;
import io.springline.dispatch.shape.WireShape;
import io.springline.dispatch.task.RemoteTaskWatches;
import io.springline.dispatch.task.TaskMethods;
import io.springline.dispatch.task.TaskSubscriptions;
import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.feature.endpoint.Resources;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.McpMethod;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import io.springline.session.Subscriptions;
import io.springline.session.Subscriptions.Listen;
import io.springline.session.request.InFlight;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves subscriptions: {@code subscriptions/listen} for modern clients, {@code
 * resources/subscribe} and {@code resources/unsubscribe} for legacy clients.
 */
final class SubscriptionHandler {

    private static final Logger log = LoggerFactory.getLogger(SubscriptionHandler.class);

    /** The highest number of tasks of other servers that are read for one session. */
    private static final int MAX_REMOTE = 64;

    private final WireShape shape;
    private final TaskSubscriptions tasks;

    SubscriptionHandler(WireShape shape, TaskSubscriptions tasks) {
        this.shape = shape;
        this.tasks = tasks;
    }

    void subscribe(McpSession session, ObjectNode params, Resources resources)
            throws InterruptedException {
        String uri = Params.string(params, "uri");
        if (uri.length() > Subscriptions.MAX_URI_LENGTH) {
            throw Params.invalid("uri", tooLong());
        }
        if (!session.subscriptions().subscribe(uri)) {
            throw tooManySubscriptions();
        }
        try {
            changed(session, Set.of(uri), resources);
        } catch (JsonRpcException e) {
            session.subscriptions().unsubscribe(uri);
            changedIfRoom(session, Set.of(uri), resources);
            throw e;
        }
        session.agreed();
    }

    void unsubscribe(McpSession session, ObjectNode params, Resources resources)
            throws InterruptedException {
        String uri = Params.string(params, "uri");
        session.subscriptions().unsubscribe(uri);
        changedIfRoom(session, Set.of(uri), resources);
        session.agreed();
    }

    /**
     * Reports changed URIs of the session to the resources, and once, registers a report of the
     * session's end.
     */
    private static void changed(McpSession session, Set<String> uris, Resources resources) {
        try {
            resources.subscriptionsChanged(new Subscriber(session), uris);
        } finally { // one watcher may have accepted the change before another refuses it
            if (session.subscriptions().markWatched() || session.hasEnded()) {
                session.onFinalEnd(new SubscriberEnd(resources, session.connection().id()));
            }
        }
    }

    private record SubscriberEnd(Resources resources, String session) implements Runnable {

        @Override
        public void run() {
            resources.subscriberEnded(session);
        }
    }

    private record Subscriber(McpSession session) implements ResourceSubscriber {

        @Override
        public String sessionId() {
            return session.connection().id();
        }

        @Override
        public Caller caller() {
            return session.caller();
        }

        @Override
        public boolean isSubscribed(String uri) {
            return session.subscriptions().isSubscribed(uri);
        }
    }

    /**
     * Opens a subscription. It lasts until the client cancels it or disconnects, or the server
     * stops.
     */
    CallOutcome listen(CallContext context, Resources resources, RemoteTaskMethods remote)
            throws InterruptedException {
        Call call = context.attempt().call();
        InFlight inFlight = context.attempt().inFlight();
        ObjectNode filter = Params.requiredObject(call.params(), "notifications");
        Set<String> taskIds = strings(filter, "taskIds");
        if (filter.has("taskIds")) {
            TaskMethods.requireExtension(call);
        }
        if (taskIds.size() > Subscriptions.MAX_URIS) {
            throw tooManySubscriptions();
        }
        var wanted =
                new Listen(
                        flag(filter, "toolsListChanged"),
                        flag(filter, "promptsListChanged"),
                        flag(filter, "resourcesListChanged"),
                        strings(filter, "resourceSubscriptions"),
                        known(call.session(), taskIds, remote));
        McpSession session = call.session();
        RequestId id = inFlight.id();
        if (!session.subscriptions().open(id, wanted)) {
            throw tooManySubscriptions();
        }
        Listen listen = limited(session, id, wanted, remote);
        try {
            keep(session, inFlight, resources);
        } catch (JsonRpcException e) {
            session.subscriptions().end(id);
            changedIfRoom(session, listen.uris(), resources);
            throw e;
        }
        session.agreed();
        acknowledge(session, id, listen);
        watch(context, listen.taskIds(), remote);
        return new CallOutcome.Later();
    }

    /** Returns those of the ids that are tasks of the caller, here or at an upstream. */
    private Set<String> known(McpSession session, Set<String> ids, RemoteTaskMethods remote)
            throws InterruptedException {
        var known = new HashSet<>(ids);
        known.removeIf(id -> !remote.has(session, id));
        known.addAll(tasks.known(session, ids.stream().filter(id -> !known.contains(id)).toList()));
        return known;
    }

    /**
     * Leaves out tasks of other servers beyond {@link #MAX_REMOTE}. The subscription is open
     * before, so that two at the same time cannot exceed the limit together.
     */
    private static Listen limited(
            McpSession session, RequestId id, Listen wanted, RemoteTaskMethods remote) {
        Subscriptions subscriptions = session.subscriptions();
        var others = subscriptions.listens();
        others.remove(id);
        long read =
                others.values().stream()
                        .flatMap(each -> each.taskIds().stream())
                        .filter(each -> remote.has(session, each))
                        .count();
        var kept = new HashSet<String>();
        for (String each : wanted.taskIds()) {
            if (!remote.has(session, each) || read++ < MAX_REMOTE) {
                kept.add(each);
            }
        }
        if (kept.size() == wanted.taskIds().size()) {
            return wanted;
        }
        var fewer =
                new Listen(
                        wanted.tools(), wanted.prompts(), wanted.resources(), wanted.uris(), kept);
        subscriptions.end(id);
        if (!subscriptions.open(id, fewer)) {
            throw tooManySubscriptions();
        }
        return fewer;
    }

    private void watch(CallContext context, Set<String> ids, RemoteTaskMethods remote) {
        InFlight listen = context.attempt().inFlight();
        McpSession session = context.attempt().call().session();
        tasks.watch(
                session, listen.id(), ids.stream().filter(id -> !remote.has(session, id)).toList());
        var watches =
                new RemoteTaskWatches(session, listen, id -> remote.get(context, session, id));
        ids.stream()
                .filter(id -> remote.has(session, id))
                .collect(
                        Collectors.groupingBy(id -> remote.server(session, id), Collectors.toSet()))
                .values()
                .forEach(watches::start);
        if (listen.hasEnded()) {
            // it was cancelled meanwhile, when there was nothing to remove yet
            tasks.unwatch(session, listen.id(), ids);
        }
    }

    /** Begins a subscription, and writes that it has begun before the client learns of it. */
    private static void acknowledge(McpSession session, RequestId id, Listen listen) {
        Outbound acknowledged = session.encode(acknowledged(id, listen));
        session.subscriptions().begin(id, () -> session.connection().enqueue(acknowledged));
        session.changed();
        session.connection().flush();
    }

    /**
     * Keeps the request of a subscription open, and ends the subscription when the request is
     * cancelled.
     */
    void keep(McpSession session, InFlight inFlight, Resources resources) {
        RequestId id = inFlight.id();
        changed(session, session.subscriptions().uris(id), resources);
        inFlight.keepOpen();
        inFlight.onCancel(() -> end(session, id, resources));
    }

    /**
     * Continues a subscription that was opened on another node. Acknowledges it if that node has
     * not. If this node has no room for it, ends it and answers its request with the error.
     */
    void restore(CallContext context, Resources resources, RemoteTaskMethods remote) {
        McpSession session = context.attempt().call().session();
        InFlight inFlight = context.attempt().inFlight();
        RequestId id = inFlight.id();
        try {
            keep(session, inFlight, resources);
            SessionState state = session.state();
            Listen listen = state.listens().get(id);
            if (listen != null && state.opening().contains(id)) {
                acknowledge(session, id, listen);
            }
            watch(context, session.subscriptions().taskIds(id), remote);
        } catch (JsonRpcException e) {
            end(session, id, resources);
            inFlight.answer(new ErrorResponse(id, e.error()));
        }
    }

    /**
     * Continues the legacy subscriptions of a session that another node owned. A legacy client
     * cannot learn that a subscription has ended. So if an upstream has no room for one, it stays
     * open, without updates of that upstream, until the client subscribes again.
     */
    void keep(McpSession session, Resources resources) {
        Set<String> uris = session.subscriptions().uris();
        if (!uris.isEmpty()) {
            changedIfRoom(session, uris, resources);
        }
    }

    /** Reports changed URIs. If there are too many, reports those that fit. */
    private static void changedIfRoom(McpSession session, Set<String> uris, Resources resources) {
        try {
            changed(session, uris, resources);
        } catch (JsonRpcException e) {
            log.debug("not all are subscribed: {}", e.getMessage());
            if (uris.size() > 1) {
                uris.forEach(uri -> changedIfRoom(session, Set.of(uri), resources));
            }
        }
    }

    private void end(McpSession session, RequestId id, Resources resources) {
        Set<String> uris = session.subscriptions().uris(id);
        Set<String> taskIds = session.subscriptions().taskIds(id);
        session.subscriptions().end(id);
        tasks.unwatch(session, id, taskIds);
        changedIfRoom(session, uris, resources);
        session.changed();
    }

    /** Ends all {@code subscriptions/listen} requests of a session with their result. */
    void endAll(McpSession session, Resources resources) {
        for (RequestId id : session.subscriptions().listenIds()) {
            end(session, id, resources);
            InFlight inFlight = session.inFlight().find(id);
            if (inFlight != null) {
                ObjectNode result = JsonNodeFactory.instance.objectNode();
                result.set(MetaKeys.META, subscriptionMeta(id));
                inFlight.answer(
                        new ResultResponse(
                                id, shape.of(McpMethod.LISTEN, ProtocolVersion.MODERN, result)));
            }
        }
    }

    static ObjectNode subscriptionMeta(RequestId id) {
        ObjectNode meta = JsonNodeFactory.instance.objectNode();
        meta.set(MetaKeys.SUBSCRIPTION_ID, id.toJson());
        return meta;
    }

    private static Notification acknowledged(RequestId id, Listen listen) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set(MetaKeys.META, subscriptionMeta(id));
        ObjectNode accepted = params.putObject("notifications");
        putIfSet(accepted, "toolsListChanged", listen.tools());
        putIfSet(accepted, "promptsListChanged", listen.prompts());
        putIfSet(accepted, "resourcesListChanged", listen.resources());
        if (!listen.uris().isEmpty()) {
            var uris = accepted.putArray("resourceSubscriptions");
            listen.uris().stream().sorted().forEach(uris::add);
        }
        if (!listen.taskIds().isEmpty()) {
            var ids = accepted.putArray("taskIds");
            listen.taskIds().stream().sorted().forEach(ids::add);
        }
        return new Notification("notifications/subscriptions/acknowledged", params);
    }

    private static void putIfSet(ObjectNode accepted, String member, boolean set) {
        if (set) {
            accepted.put(member, true);
        }
    }

    private static boolean flag(ObjectNode filter, String member) {
        JsonNode flag = filter.path(member);
        if (!flag.isMissingNode() && !flag.isBoolean()) {
            throw Params.invalid("notifications." + member, "must be true or false");
        }
        return flag.asBoolean(false);
    }

    private static Set<String> strings(ObjectNode filter, String member) {
        JsonNode list = filter.path(member);
        if (list.isMissingNode()) {
            return Set.of();
        }
        if (!list.isArray() || list.valueStream().anyMatch(each -> !each.isString())) {
            throw Params.invalid("notifications." + member, "must be an array of strings");
        }
        var strings = new LinkedHashSet<String>();
        for (JsonNode each : list) {
            if (each.stringValue().length() > Subscriptions.MAX_URI_LENGTH) {
                throw Params.invalid("notifications." + member, tooLong());
            }
            strings.add(each.stringValue());
        }
        return strings;
    }

    private static String tooLong() {
        return "must not be longer than %d characters".formatted(Subscriptions.MAX_URI_LENGTH);
    }

    private static RuntimeException tooManySubscriptions() {
        return ErrorCode.INTERNAL_ERROR.exception(
                "Too many subscriptions: at most %d of subscriptions/listen and %d resource URIs and tasks per session"
                        .formatted(Subscriptions.MAX_LISTENS, Subscriptions.MAX_URIS));
    }
}
