package io.springline.audit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Records who did what: connections, authentication, sessions, requests and approvals. Each event
 * is written at level {@code info} to the logger {@code io.springline.audit}; all its data are
 * key-value pairs. Contains no arguments, results or credentials. If the level is off, the methods
 * do nothing.
 */
public final class AuditLog {

    static final String NAME = "io.springline.audit";

    /** The maximum length in characters of a name that a client has chosen. */
    private static final int MAX_NAME = 200;

    private static final Logger log = LoggerFactory.getLogger(NAME);

    private AuditLog() {}

    /** Returns true if events are written. Lets callers skip the work of preparing an event. */
    public static boolean isOn() {
        return log.isInfoEnabled();
    }

    /** Records that the handshake of a connection has succeeded. */
    public static void connectionOpened(String connection, String principal, String address) {
        event("connection.opened")
                .addKeyValue("connection", connection)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("address", address)
                .log("connection opened");
    }

    /** Records that a handshake was refused. */
    public static void connectionRefused(String address, String reason) {
        event("connection.refused")
                .addKeyValue("address", address)
                .addKeyValue("reason", reason)
                .log("connection refused");
    }

    /** Records the end of a connection, and how long it was open. */
    public static void connectionClosed(
            String connection, String principal, String reason, Duration open) {
        event("connection.closed")
                .addKeyValue("connection", connection)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("reason", reason)
                .addKeyValue("durationMs", open.toMillis())
                .log("connection closed");
    }

    /**
     * Records a successful authentication.
     *
     * @param method the authentication method, for example {@code url-token}
     * @param from the client's address, or the id of its connection
     */
    public static void authenticated(String method, String principal, String from) {
        event("authentication")
                .addKeyValue("outcome", "ok")
                .addKeyValue("way", method)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("from", from)
                .log("authenticated");
    }

    /**
     * Records a failed authentication.
     *
     * @param method the authentication method, for example {@code url-token}
     * @param reason a fixed word, for example {@code invalid}
     * @param from the client's address, or the id of its connection
     */
    public static void authenticationFailed(String method, String reason, String from) {
        event("authentication")
                .addKeyValue("outcome", "failed")
                .addKeyValue("way", method)
                .addKeyValue("reason", reason)
                .addKeyValue("from", from)
                .log("authentication failed");
    }

    /** Records that a connection has opened a resumable session. */
    public static void sessionOpened(
            String session, String connection, String transport, String principal) {
        session("session.opened", session, connection, transport, principal).log("session opened");
    }

    /**
     * Records that a connection has resumed a session.
     *
     * @param moved true if the session was on another node before
     */
    public static void sessionResumed(
            String session, String connection, String transport, String principal, boolean moved) {
        session("session.resumed", session, connection, transport, principal)
                .addKeyValue("moved", moved)
                .log("session resumed");
    }

    /** Records that a session of another node continues here, without a new connection. */
    public static void sessionTakenOver(
            String session, String connection, String transport, String principal) {
        sessionResumed(session, connection, transport, principal, true);
    }

    private static LoggingEventBuilder session(
            String event, String session, String connection, String transport, String principal) {
        return event(event)
                .addKeyValue("session", session)
                .addKeyValue("connection", connection)
                .addKeyValue("transport", transport)
                .addKeyValue("principal", cut(principal));
    }

    /** Records that a connection could not resume a session. */
    public static void resumeRefused(String connection, String principal, String reason) {
        event("session.refused")
                .addKeyValue("connection", connection)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("reason", reason)
                .log("resume refused");
    }

    /**
     * Who has sent a request.
     *
     * @param connection the connection that received the request. A resumed session may send the
     *     response on another one
     * @param session the id of the resumable session, or of the connection if there is none
     * @param address of the client, or null if {@code connection.opened} has it
     */
    public record Source(
            String connection,
            String session,
            String transport,
            String principal,
            @Nullable String address) {}

    /**
     * Records the end of a request.
     *
     * @param name the tool, prompt or resource; null if the method has none
     * @param nanos the duration of the request
     */
    public static void request(
            Source source, String method, @Nullable String name, String outcome, long nanos) {
        LoggingEventBuilder event =
                event("request")
                        .addKeyValue("connection", source.connection())
                        .addKeyValue("session", source.session())
                        .addKeyValue("transport", source.transport())
                        .addKeyValue("principal", cut(source.principal()));
        if (source.address() != null) {
            event = event.addKeyValue("address", source.address());
        }
        event = event.addKeyValue("method", method);
        if (name != null) {
            event = event.addKeyValue("name", cut(name));
        }
        event.addKeyValue("outcome", outcome).addKeyValue("durationMs", nanos / 1e6).log("request");
    }

    /**
     * Records the end of a call to an upstream.
     *
     * @param principal on whose behalf the call was made
     * @param credential the name of the credential that it carried, never its value
     * @param name the tool, prompt or resource; null if the method has none
     */
    public static void upstreamCall(
            String upstream,
            String principal,
            String credential,
            String method,
            @Nullable String name,
            String outcome,
            long nanos) {
        LoggingEventBuilder event =
                event("upstream.call")
                        .addKeyValue("upstream", upstream)
                        .addKeyValue("principal", cut(principal))
                        .addKeyValue("credential", credential)
                        .addKeyValue("method", method);
        if (name != null) {
            event = event.addKeyValue("name", cut(name));
        }
        event.addKeyValue("outcome", outcome)
                .addKeyValue("durationMs", nanos / 1e6)
                .log("upstream call");
    }

    /**
     * Records a user's decision about calls of an upstream on the user's behalf.
     *
     * @param outcome {@code given}, {@code declined} or {@code revoked}
     */
    public static void consent(String upstream, String principal, String outcome) {
        event("consent")
                .addKeyValue("upstream", upstream)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("outcome", outcome)
                .log("consent");
    }

    /**
     * Records a step of the approval of a tool call.
     *
     * @param session the id of the client's session, or of its connection if there is none
     * @param upstream null for a tool of this server
     * @param digest the digest of the call with its arguments, equal in all steps of one approval
     * @param outcome {@code asked}, {@code approved}, {@code declined} or {@code refused}
     * @param by who has decided; null before the decision
     * @param reason why the call was refused; null otherwise
     */
    public static void approval(
            String session,
            String principal,
            String tool,
            @Nullable String upstream,
            String digest,
            String outcome,
            @Nullable String by,
            @Nullable String reason) {
        LoggingEventBuilder event =
                event("approval")
                        .addKeyValue("session", session)
                        .addKeyValue("principal", cut(principal))
                        .addKeyValue("tool", cut(tool))
                        .addKeyValue("digest", digest)
                        .addKeyValue("outcome", outcome);
        if (upstream != null) {
            event = event.addKeyValue("upstream", cut(upstream));
        }
        if (by != null) {
            event = event.addKeyValue("by", cut(by));
        }
        if (reason != null) {
            event = event.addKeyValue("reason", cut(reason));
        }
        event.log("approval");
    }

    private static LoggingEventBuilder event(String name) {
        return log.atLevel(Level.INFO).addKeyValue("event", name);
    }

    private static String cut(String text) {
        return text.length() > MAX_NAME ? text.substring(0, MAX_NAME) : text;
    }
}
