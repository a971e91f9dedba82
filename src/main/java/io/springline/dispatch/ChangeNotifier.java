package io.springline.dispatch;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.PromptsChanged;
import io.springline.mcp.Topic.ResourceUpdated;
import io.springline.mcp.Topic.ResourcesChanged;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.mcp.Topic.ToolsChanged;
import io.springline.session.Broadcast;
import io.springline.session.LegacyState.Operational;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends change notifications to the clients of this node.
 *
 * <p>A legacy client that has sent {@code notifications/initialized} gets all list changes, and
 * updates of the resources that it has subscribed to. These notifications are encoded once for all
 * sessions. A modern client gets one notification per matching subscription, with the
 * subscription's id.
 */
final class ChangeNotifier {

    private final SessionRegistry sessions;
    private final AuthorizationGuard access;

    ChangeNotifier(SessionRegistry sessions, AuthorizationGuard access) {
        this.sessions = sessions;
        this.access = access;
    }

    void on(String endpoint, Topic topic) {
        if (topic instanceof TaskChanged) {
            return; // TaskSubscriptions sends these, with the task
        }
        Broadcast broadcast = broadcast(topic);
        for (McpSession session : sessions.all()) {
            if (session.endpoint().equals(endpoint)) {
                tell(session, topic, broadcast);
            }
        }
    }

    /**
     * Sends every notification that the client has subscribed to. For a session that was taken
     * over, whose changes in between are unknown.
     */
    void tellAll(McpSession session) {
        Set<Topic> topics = new LinkedHashSet<>();
        topics.add(new ToolsChanged());
        topics.add(new PromptsChanged());
        topics.add(new ResourcesChanged());
        session.subscriptions().uris().forEach(uri -> topics.add(new ResourceUpdated(uri)));
        session.subscriptions()
                .listens()
                .values()
                .forEach(listen ->
                        listen.uris().forEach(uri -> topics.add(new ResourceUpdated(uri))));
        topics.forEach(topic -> tell(session, topic, broadcast(topic)));
    }

    /** Sends one notification to one client, if it has subscribed to it and may see it. */
    void tell(McpSession session, Topic topic) {
        tell(session, topic, broadcast(topic));
    }

    private void tell(McpSession session, Topic topic, Broadcast broadcast) {
        if (!mayHear(session, topic)) {
            return;
        }
        Runnable legacy =
                () -> {
                    if (session.legacy() instanceof Operational) {
                        broadcast.enqueueTo(session);
                    }
                };
        if (isListChange(topic)) {
            legacy.run();
        }
        session.subscriptions()
                .deliver(topic, legacy, listenId -> modern(session, topic, listenId));
        session.connection().flush();
    }

    private static Broadcast broadcast(Topic topic) {
        return new Broadcast(notification(topic, null), Outbound.Kind.CHANGE, topic);
    }

    private boolean mayHear(McpSession session, Topic topic) {
        return !(topic instanceof ResourceUpdated(var uri)) || access.mayHear(session, uri);
    }

    static boolean isListChange(Topic topic) {
        return switch (topic) {
            case ToolsChanged(), PromptsChanged(), ResourcesChanged() -> true;
            case ResourceUpdated(_), TaskChanged(_, _) -> false;
        };
    }

    private record TaggedTopic(Topic topic, RequestId listenId) {}

    private static void modern(McpSession session, Topic topic, RequestId listenId) {
        Notification tagged = notification(topic, SubscriptionHandler.subscriptionMeta(listenId));
        session.connection()
                .enqueue(
                        session.encode(
                                tagged, Outbound.Kind.CHANGE, new TaggedTopic(topic, listenId)));
    }

    private static Notification notification(Topic topic, @Nullable ObjectNode meta) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        if (meta != null) {
            params.set(MetaKeys.META, meta);
        }
        String method =
                switch (topic) {
                    case ToolsChanged() -> "notifications/tools/list_changed";
                    case PromptsChanged() -> "notifications/prompts/list_changed";
                    case ResourcesChanged() -> "notifications/resources/list_changed";
                    case ResourceUpdated(var uri) -> {
                        params.put("uri", uri);
                        yield "notifications/resources/updated";
                    }
                    case TaskChanged(_, _) ->
                            throw new IllegalArgumentException("not sent here: " + topic);
                };
        return new Notification(method, params.isEmpty() ? null : params);
    }
}
