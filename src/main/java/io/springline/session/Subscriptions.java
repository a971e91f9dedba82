package io.springline.session;

import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.LogLevel;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.PromptsChanged;
import io.springline.mcp.Topic.ResourceUpdated;
import io.springline.mcp.Topic.ResourcesChanged;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.mcp.Topic.ToolsChanged;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one session: resource subscriptions of a legacy client, and any number of
 * modern {@code subscriptions/listen}. Registration and delivery exclude each other, so no
 * notification precedes an acknowledgement or follows a cancellation. Safe for use by many threads.
 */
public final class Subscriptions {

    /** The highest number of open {@code subscriptions/listen} per session. */
    public static final int MAX_LISTENS = 64;

    /** The highest number of resource URIs and tasks per session, of all its subscriptions. */
    public static final int MAX_URIS = 1024;

    /** The highest number of characters of such a URI. */
    public static final int MAX_URI_LENGTH = 8192;

    /** The filter of one {@code subscriptions/listen}, reduced to what the server supports. */
    public record Listen(
            boolean tools,
            boolean prompts,
            boolean resources,
            Set<String> uris,
            Set<String> taskIds) {
        public Listen {
            uris = Set.copyOf(uris);
            taskIds = Set.copyOf(taskIds);
        }

        public Listen(boolean tools, boolean prompts, boolean resources, Set<String> uris) {
            this(tools, prompts, resources, uris, Set.of());
        }

        Listen withoutTask(String id) {
            var others = new HashSet<>(taskIds);
            others.remove(id);
            return new Listen(tools, prompts, resources, uris, others);
        }

        boolean wants(Topic topic) {
            return switch (topic) {
                case ToolsChanged() -> tools;
                case PromptsChanged() -> prompts;
                case ResourcesChanged() -> resources;
                case ResourceUpdated(var uri) -> covers(uris, uri);
                case TaskChanged(_, var id) -> taskIds.contains(id);
            };
        }
    }

    private final StateLock lock = new StateLock();
    private final Set<String> legacyUris = new HashSet<>();
    private final Map<RequestId, Listen> listens = new LinkedHashMap<>();

    /** The subscriptions that are open and not acknowledged. */
    private final Set<RequestId> opening = new HashSet<>();

    private boolean watched;

    /**
     * Adds the subscriptions that another node has recorded.
     *
     * @param unacknowledged those of {@code open} that have yet to {@linkplain #begin begin}
     */
    void restore(Set<String> uris, Map<RequestId, Listen> open, Set<RequestId> unacknowledged) {
        try (var _ = lock.hold()) {
            legacyUris.addAll(uris);
            listens.putAll(open);
            opening.addAll(unacknowledged);
        }
    }

    /** Returns the resources to which a legacy client is subscribed. */
    public Set<String> uris() {
        try (var _ = lock.hold()) {
            return Set.copyOf(legacyUris);
        }
    }

    /** Returns true if a subscription names this very URI. */
    public boolean isSubscribed(String uri) {
        try (var _ = lock.hold()) {
            return legacyUris.contains(uri)
                    || listens.values().stream().anyMatch(listen -> listen.uris().contains(uri));
        }
    }

    /** Returns the URIs that a modern subscription names; none if there is no such subscription. */
    public Set<String> uris(RequestId listen) {
        try (var _ = lock.hold()) {
            Listen open = listens.get(listen);
            return open == null ? Set.of() : open.uris();
        }
    }

    /** Returns the tasks that a modern subscription names; none if it does not exist. */
    public Set<String> taskIds(RequestId listen) {
        try (var _ = lock.hold()) {
            Listen open = listens.get(listen);
            return open == null ? Set.of() : open.taskIds();
        }
    }

    /** Returns true on the first call, and false afterwards. */
    public boolean markWatched() {
        try (var _ = lock.hold()) {
            boolean first = !watched;
            watched = true;
            return first;
        }
    }

    /** Returns the state of the session, with the subscriptions as they are at one moment. */
    SessionState state(LegacyState legacy, LogLevel logLevel, @Nullable Peer peer) {
        try (var _ = lock.hold()) {
            return new SessionState(legacy, logLevel, peer, legacyUris, listens, opening);
        }
    }

    /** Returns the open modern subscriptions, in the order of their opening. */
    public Map<RequestId, Listen> listens() {
        try (var _ = lock.hold()) {
            return new LinkedHashMap<>(listens);
        }
    }

    /** Adds a legacy subscription. Returns false if {@link #MAX_URIS} is reached. */
    public boolean subscribe(String uri) {
        try (var _ = lock.hold()) {
            if (legacyUris.contains(uri)) {
                return true;
            }
            return uriCount() < MAX_URIS && legacyUris.add(uri);
        }
    }

    /** Removes a legacy subscription, if there is one. */
    public void unsubscribe(String uri) {
        try (var _ = lock.hold()) {
            legacyUris.remove(uri);
        }
    }

    /**
     * Opens a modern subscription. Nothing is delivered until it {@linkplain #begin begins}.
     *
     * @return false if a limit is reached
     */
    public boolean open(RequestId id, Listen listen) {
        try (var _ = lock.hold()) {
            if (listens.size() >= MAX_LISTENS || uriCount() + names(listen) > MAX_URIS) {
                return false;
            }
            opening.add(id);
            listens.put(id, listen);
            return true;
        }
    }

    /**
     * Begins a modern subscription, unless it has been ended.
     *
     * @param acknowledge queues the acknowledgement. Called with the lock held: it may queue a
     *     message, and nothing else
     */
    public void begin(RequestId id, Runnable acknowledge) {
        try (var _ = lock.hold()) {
            if (opening.remove(id)) {
                acknowledge.run();
            }
        }
    }

    public void end(RequestId id) {
        try (var _ = lock.hold()) {
            listens.remove(id);
            opening.remove(id);
        }
    }

    /** Removes a task from a modern subscription, so that the session may name another one. */
    public void removeTask(RequestId listen, String taskId) {
        try (var _ = lock.hold()) {
            listens.computeIfPresent(listen, (_, open) -> open.withoutTask(taskId));
        }
    }

    /** Returns the ids of the open modern subscriptions, in the order of their opening. */
    public List<RequestId> listenIds() {
        try (var _ = lock.hold()) {
            return List.copyOf(listens.keySet());
        }
    }

    /**
     * Calls back for each delivery of {@code topic}, with the lock held: the callbacks may encode
     * and queue a message, and nothing else.
     *
     * @param legacy called once if a legacy resource subscription covers the topic. List changes
     *     have no legacy subscription, and are not reported here
     * @param listen called with the id of each matching modern subscription
     */
    public void deliver(Topic topic, Runnable legacy, Consumer<RequestId> listen) {
        try (var _ = lock.hold()) {
            if (topic instanceof ResourceUpdated(var uri) && covers(legacyUris, uri)) {
                legacy.run();
            }
            listens.forEach((id, filter) -> {
                if (filter.wants(topic) && !opening.contains(id)) {
                    listen.accept(id);
                }
            });
        }
    }

    public void clear() {
        try (var _ = lock.hold()) {
            legacyUris.clear();
            listens.clear();
            opening.clear();
        }
    }

    private int uriCount() {
        return legacyUris.size() + listens.values().stream().mapToInt(Subscriptions::names).sum();
    }

    private static int names(Listen listen) {
        return listen.uris().size() + listen.taskIds().size();
    }

    /** Returns true if a URI is subscribed to, or lies below one that is. */
    private static boolean covers(Set<String> uris, String uri) {
        return uris.contains(uri) || uris.stream().anyMatch(parent -> isBelow(uri, parent));
    }

    private static boolean isBelow(String uri, String parent) {
        return uri.startsWith(parent)
                && uri.length() > parent.length()
                && (parent.endsWith("/") || uri.charAt(parent.length()) == '/');
    }
}
