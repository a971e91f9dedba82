package io.springline.transport.websocket;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.mcp.CloseReason;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.springframework.scheduling.annotation.Scheduled;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Ends connections whose client does not say in time who it is, or whose credential has expired or
 * was revoked; and warns those who can make use of it some time before, once for each credential.
 * Never waits for a socket.
 */
public final class CredentialWatch {

    /** So long before the end a client is warned. */
    static final Duration WARNING = Duration.ofSeconds(30);

    private static final long TICK_MILLIS = 1_000;

    private final Connections connections;
    private final Duration deadline;
    private final Predicate<Caller> isRevoked;
    private final Predicate<McpSession> isWarned;

    /**
     * @param deadline from the upgrade to a valid {@code authenticate}
     * @param isRevoked whose credential has been revoked
     * @param isWarned which clients know what the warning is about
     */
    public CredentialWatch(
            Connections connections,
            Duration deadline,
            Predicate<Caller> isRevoked,
            Predicate<McpSession> isWarned) {
        this.connections = connections;
        this.deadline = deadline;
        this.isRevoked = isRevoked;
        this.isWarned = isWarned;
    }

    @Scheduled(fixedDelay = TICK_MILLIS)
    void look() {
        Instant now = Instant.now();
        for (OpenConnection open : connections.open()) {
            look(open, now);
        }
    }

    private void look(OpenConnection open, Instant now) {
        McpSession session = open.session();
        Identity identity = session.identity();
        if (session.caller().isUnidentified()) {
            if (!open.connectedAt().plus(deadline).isAfter(now)) {
                open.connection().close(CloseReason.UNAUTHENTICATED);
            }
        } else if (identity.isExpired() || isRevoked.test(session.caller())) {
            open.connection().close(CloseReason.CREDENTIAL_EXPIRED);
        } else if (isWarned.test(session) && identity.markWarned(now, WARNING)) {
            session.send(expiring(now, session));
        }
    }

    private static Notification expiring(Instant now, McpSession session) {
        Instant expiresAt = session.caller().expiresAt();
        long left = expiresAt == null ? 0 : Duration.between(now, expiresAt).toMillis();
        return new Notification(
                "springline/expiring",
                JsonNodeFactory.instance.objectNode().put("expiresInMs", Math.max(0, left)));
    }
}
