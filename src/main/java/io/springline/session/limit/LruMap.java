package io.springline.session.limit;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A bounded map: an entry too many removes the entry that was not used for the longest time. Not
 * thread-safe.
 */
public final class LruMap<K, V> extends LinkedHashMap<K, V> {

    private static final long serialVersionUID = 1L;

    private final int maxSize;

    public LruMap(int maxSize) {
        super(16, 0.75f, true);
        this.maxSize = maxSize;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > maxSize;
    }
}
