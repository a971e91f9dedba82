package io.springline.resume.connection;

import io.springline.session.Outbound;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Change notifications that wait for room in the log; those with an equal key are merged. Not safe
 * for use by many threads.
 */
final class WaitingChanges {

    private final Map<Object, Outbound> changes = new LinkedHashMap<>();

    /** Adds a change. Returns false if it has no key to be merged by. */
    boolean add(Outbound change) {
        Object key = change.coalesceKey();
        if (key != null) {
            changes.put(key, change);
        }
        return key != null;
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
            send.accept(change);
        }
    }

    void clear() {
        changes.clear();
    }
}
