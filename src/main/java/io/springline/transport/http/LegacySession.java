package io.springline.transport.http;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.McpSession;
import io.springline.transport.http.stream.SessionStreams;

/** A session that a client opened by {@code initialize}, and what counts it. */
final class LegacySession {

    private final String id;
    private final McpSession session;
    private final SessionStreams streams;
    private final String principal;
    private final String addressKey;
    private volatile long lastUsedNanos = System.nanoTime();

    /**
     * @param id the value of the header that names it
     * @param principal that alone may use the session
     * @param addressKey of the address that has opened it
     */
    LegacySession(
            String id,
            McpSession session,
            SessionStreams streams,
            String principal,
            String addressKey) {
        this.id = id;
        this.session = session;
        this.streams = streams;
        this.principal = principal;
        this.addressKey = addressKey;
    }

    String id() {
        return id;
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

    /** Whether the client knows events without data, which tell it what to resume from. */
    boolean isPrimed() {
        LegacyClient client = session.legacy().client();
        return client != null && client.version() == ProtocolVersion.V2025_11_25;
    }

    /** Whether a request runs, here or at another node. */
    boolean runs(RequestId request) {
        return session.inFlight().find(request) != null
                || session.persistence().runsElsewhere(request);
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
