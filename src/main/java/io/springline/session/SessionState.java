package io.springline.session;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.LogLevel;
import io.springline.session.Subscriptions.Listen;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a session that another node needs to continue it.
 *
 * @param uris the resources to which a legacy client is subscribed
 * @param listens the open modern subscriptions, in the order of their opening
 * @param opening those of them that are not acknowledged
 */
public record SessionState(
        LegacyState legacy,
        LogLevel logLevel,
        @Nullable Peer peer,
        Set<String> uris,
        Map<RequestId, Listen> listens,
        Set<RequestId> opening) {

    public static final SessionState NEW =
            new SessionState(
                    new LegacyState.None(), LogLevel.INFO, null, Set.of(), Map.of(), Set.of());

    public SessionState {
        uris = Set.copyOf(uris);
        opening = Set.copyOf(opening);
        listens = Collections.unmodifiableMap(new LinkedHashMap<>(listens));
    }
}
