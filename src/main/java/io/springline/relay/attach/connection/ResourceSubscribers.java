package io.springline.relay.attach.connection;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The clients that have subscribed to resources of one server, by URI. The server has one
 * subscription for all of them. Not thread-safe.
 */
final class ResourceSubscribers {

    private final Map<String, Set<AttachedClient>> byUri = new HashMap<>();

    void add(String uri, AttachedClient client) {
        byUri.computeIfAbsent(uri, _ -> new HashSet<>()).add(client);
    }

    /** Removes a client. Returns true if no other one has subscribed. */
    boolean remove(String uri, AttachedClient client) {
        return byUri.computeIfPresent(uri, (_, all) -> without(client, all)) == null;
    }

    private static @Nullable Set<AttachedClient> without(
            AttachedClient client, Set<AttachedClient> all) {
        all.remove(client);
        return all.isEmpty() ? null : all;
    }

    /** Removes a client, and returns the URIs that no other one has subscribed to. */
    List<String> removeAll(AttachedClient client) {
        List<String> uris =
                byUri.entrySet().stream()
                        .filter(each -> each.getValue().contains(client))
                        .map(Map.Entry::getKey)
                        .toList();
        return uris.stream().filter(uri -> remove(uri, client)).toList();
    }
}
