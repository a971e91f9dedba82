package io.springline.relay.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map by principal that forgets the entry that was not used for the longest time. Thread-safe.
 */
public final class BoundedMap<V> {

    private final LinkedHashMap<String, V> entries;

    public BoundedMap(int maxSize) {
        this.entries =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                        return size() > maxSize;
                    }
                };
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
