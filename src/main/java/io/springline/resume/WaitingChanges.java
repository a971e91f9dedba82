package io.springline.resume;

import io.springline.session.Outbound;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Changes that wait for room, each merged with those that say the same. Not safe for use by many
 * threads.
 */
final class WaitingChanges {

    private final Map<Object, Outbound> changes = new LinkedHashMap<>();

    /** Puts a change aside; false when it cannot be merged with others. */
    boolean add(Outbound change) {
        Object key = change.coalesceKey();
        if (key != null) {
            changes.put(key, change);
        }
        return key != null;
    }

    /** Lets go of them in their order, as long as they fit. */
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
