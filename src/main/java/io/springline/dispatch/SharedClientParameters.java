package io.springline.dispatch;

import io.springline.session.LegacyState.LegacyClient;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps equal parameters of {@code initialize} once. Many sessions have clients of the same program
 * in the same version; each would keep half a kilobyte of its own. Thread-safe.
 */
final class SharedClientParameters {

    /** The highest number of parameters. If they are more, sharing begins anew. */
    static final int MAX = 100;

    /** The longest parameters that are shared, in characters of JSON. */
    static final int MAX_LENGTH = 500;

    private final Map<LegacyClient, LegacyClient> known = new ConcurrentHashMap<>();

    /**
     * Returns parameters that are equal to these.
     *
     * @param length the number of characters that they have as JSON
     */
    LegacyClient share(LegacyClient client, int length) {
        if (length > MAX_LENGTH) {
            return client;
        }
        if (known.size() >= MAX) {
            known.clear();
        }
        LegacyClient before = known.putIfAbsent(client, client);
        return before == null ? client : before;
    }
}
