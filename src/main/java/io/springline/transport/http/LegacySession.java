package io.springline.transport.http;

import io.springline.session.McpSession;

/** A session that a client opened by {@code initialize}, and what counts it. */
final class LegacySession {

    private final McpSession session;
    private final SessionStreams streams;
    private final String principal;
    private final String addressKey;
    private volatile long lastUsedNanos = System.nanoTime();

    /**
     * @param principal that alone may use the session
     * @param addressKey of the address that has opened it
     */
    LegacySession(McpSession session, SessionStreams streams, String principal, String addressKey) {
        this.session = session;
        this.streams = streams;
        this.principal = principal;
        this.addressKey = addressKey;
    }

    String id() {
        return session.connection().id();
    }

    McpSession session() {
        return session;
    }

    SessionStreams streams() {
        return streams;
    }

    String principal() {
        return principal;
    }

    String addressKey() {
        return addressKey;
    }

    void used() {
        lastUsedNanos = System.nanoTime();
    }

    long lastUsedNanos() {
        return lastUsedNanos;
    }

    boolean isInUse() {
        return !streams.isUnused() || !session.inFlight().isIdle();
    }
}
