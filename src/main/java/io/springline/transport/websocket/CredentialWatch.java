package io.springline.transport.websocket;

import io.springline.concurrent.SchedulerNames;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.mcp.CloseReason;
import io.springline.mcp.ExtensionMethods;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.springframework.scheduling.annotation.Scheduled;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Closes connections whose client does not authenticate in time, or whose credential has expired or
 * was revoked. Warns clients of resumable sessions before their credential expires, once per
 * credential. Does not block.
 */
public final class CredentialWatch {

    /** Time between the warning and the expiry. */
    static final Duration WARNING = Duration.ofSeconds(30);

    private static final long TICK_MILLIS = 1_000;

    private final Connections connections;
    private final Duration deadline;
    private final Predicate<Caller> isRevoked;
    private final Predicate<McpSession> isWarned;

    /**
     * @param deadline longest time from the upgrade to a successful {@code authenticate}
     * @param isRevoked returns true if the caller's credential was revoked
     * @param isWarned returns true if the client knows {@code springline/expiring}
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

    @Scheduled(fixedDelay = TICK_MILLIS, scheduler = SchedulerNames.SPRINGLINE)
    void checkAll() {
        Instant now = Instant.now();
        for (OpenConnection open : connections.open()) {
            check(open, now);
        }
    }

    private void check(OpenConnection open, Instant now) {
        McpSession session = open.session();
        Identity identity = session.identity();
        if (session.caller().isUnidentified()) {
            if (!open.connectedAt().plus(deadline).isAfter(now)) {
                open.connection().close(CloseReason.UNAUTHENTICATED);
            }
        } else if (identity.isExpired() || isRevoked.test(session.caller())) {
            open.connection().close(CloseReason.CREDENTIAL_EXPIRED);
        } else if (isWarned.test(session) && identity.markWarned(now, WARNING)) {
            session.sendAtOnce(expiring(now, session));
        }
    }

    private static Notification expiring(Instant now, McpSession session) {
        Instant expiresAt = session.caller().expiresAt();
        long left = expiresAt == null ? 0 : Duration.between(now, expiresAt).toMillis();
        return new Notification(
                ExtensionMethods.EXPIRING,
                JsonNodeFactory.instance.objectNode().put("expiresInMs", Math.max(0, left)));
    }
}
