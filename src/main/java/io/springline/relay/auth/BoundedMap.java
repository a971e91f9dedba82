package io.springline.relay.auth;

import io.springline.session.limit.LruMap;
import org.jspecify.annotations.Nullable;

/**
 * A map by principal that forgets the entry that was not used for the longest time. Thread-safe.
 */
public final class BoundedMap<V> {

    private final LruMap<String, V> entries;

    public BoundedMap(int maxSize) {
        this.entries = new LruMap<>(maxSize);
    }

    public synchronized @Nullable V get(String principal) {
        return entries.get(principal);
    }

    public synchronized void put(String principal, V value) {
        entries.put(principal, value);
    }

    public synchronized void remove(String principal) {
        entries.remove(principal);
    }
}
