package io.springline.resume.connection;

import io.springline.session.Outbound;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Change notifications that wait for room in the log; those with an equal key are merged. They are
 * bounded in bytes, since a subscription to a folder has any number of keys. Not safe for use by
 * many threads.
 */
final class WaitingChanges {

    private final Map<Object, Outbound> changes = new LinkedHashMap<>();
    private final long limitBytes;
    private long bytes;

    /**
     * @param limitBytes the limit. A single change may be larger
     */
    WaitingChanges(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /**
     * Returns true if the change can wait: it has a key to be merged by, and there is room. A
     * change with the key of a waiting one always has room, so that it cannot be overtaken.
     */
    boolean hasRoomFor(Outbound change) {
        return change.coalesceKey() != null
                && (bytes == 0 || bytes + change.keptBytes() <= limitBytes || replaces(change));
    }

    /** Returns true if a change with the same key waits, which must not be sent after this one. */
    boolean replaces(Outbound change) {
        Object key = change.coalesceKey();
        return key != null && changes.containsKey(key);
    }

    /** Adds a change. Returns false if there is no room for it. */
    boolean add(Outbound change) {
        Object key = change.coalesceKey();
        if (key == null || !hasRoomFor(change)) {
            return false;
        }
        Outbound before = changes.put(key, change);
        bytes += change.keptBytes() - (before == null ? 0 : before.keptBytes());
        return true;
    }

    /** Removes and sends changes in order while they fit. */
    void release(Predicate<Outbound> fits, Consumer<Outbound> send) {
        var waiting = changes.values().iterator();
        while (waiting.hasNext()) {
            Outbound change = waiting.next();
            if (!fits.test(change)) {
                return;
            }
            waiting.remove();
            bytes -= change.keptBytes();
            send.accept(change);
        }
    }

    long bytes() {
        return bytes;
    }

    void clear() {
        changes.clear();
        bytes = 0;
    }
}
