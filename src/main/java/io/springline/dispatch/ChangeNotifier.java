package io.springline.dispatch;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.PromptsChanged;
import io.springline.mcp.Topic.ResourceUpdated;
import io.springline.mcp.Topic.ResourcesChanged;
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
 * Tells the clients of this node what has changed. Legacy clients get the plain notification,
 * encoded once for all of them, and nothing before {@code notifications/initialized}: list changes
 * without asking, resource updates if subscribed. Modern clients get one copy for each subscription
 * that asked, tagged with its id.
 */
final class ChangeNotifier {

    private final SessionRegistry sessions;
    private final AuthorizationGuard access;

    ChangeNotifier(SessionRegistry sessions, AuthorizationGuard access) {
        this.sessions = sessions;
        this.access = access;
    }

    void on(String endpoint, Topic topic) {
        Broadcast broadcast = broadcast(topic);
        for (McpSession session : sessions.all()) {
            if (session.endpoint().equals(endpoint)) {
                tell(session, topic, broadcast);
            }
        }
    }

    /** Of all that this client wants to hear of, it is told that it may have changed. */
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

    /** Tells one client. */
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
            case ResourceUpdated(_) -> false;
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
                };
        return new Notification(method, params.isEmpty() ? null : params);
    }
}
