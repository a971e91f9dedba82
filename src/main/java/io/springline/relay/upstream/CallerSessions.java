package io.springline.relay.upstream;

import io.springline.feature.SessionContext;
import io.springline.mcp.Topic;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The open sessions of each identity that calls an upstream. Thread-safe. */
final class CallerSessions {

    private final Map<String, Map<String, Consumer<Topic>>> byIdentity = new ConcurrentHashMap<>();

    /** Returns what announces changes to the sessions of an identity, by session id. */
    Map<String, Consumer<Topic>> of(String identity) {
        return byIdentity.getOrDefault(identity, Map.of());
    }

    /**
     * Adds a session to those of the identity, until it ends. Returns false if it is one of them
     * already.
     */
    boolean join(String identity, SessionContext context) {
        String session = context.sessionId();
        if (of(identity).containsKey(session)) {
            return false;
        }
        boolean[] added = new boolean[1];
        byIdentity.compute(
                identity,
                (_, known) -> {
                    Map<String, Consumer<Topic>> all =
                            known == null ? new ConcurrentHashMap<>() : known;
                    added[0] = all.putIfAbsent(session, context.announcer()) == null;
                    return all;
                });
        if (added[0]) {
            context.onSessionEnd(() -> leave(identity, session));
        }
        return added[0];
    }

    private void leave(String identity, String session) {
        byIdentity.computeIfPresent(
                identity,
                (_, all) -> {
                    all.remove(session);
                    return all.isEmpty() ? null : all;
                });
    }
}
