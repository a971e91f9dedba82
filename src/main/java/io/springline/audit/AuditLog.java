package io.springline.audit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each thing that somebody did: a logger named {@code io.springline.audit}, on at
 * level {@code info}, whose events are all key-value pairs. While it is off, nothing is done.
 */
public final class AuditLog {

    /** The logger's name. */
    static final String NAME = "io.springline.audit";

    /** A name that a client chose is cut to this. */
    private static final int MAX_NAME = 200;

    private static final Logger log = LoggerFactory.getLogger(NAME);

    private AuditLog() {}

    /** For callers that would have to compute what they tell. */
    public static boolean isOn() {
        return log.isInfoEnabled();
    }

    public static void connectionOpened(String connection, String principal, String address) {
        event("connection.opened")
                .addKeyValue("connection", connection)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("address", address)
                .log("connection opened");
    }

    /** A handshake was turned away. */
    public static void connectionRefused(String address, String reason) {
        event("connection.refused")
                .addKeyValue("address", address)
                .addKeyValue("reason", reason)
                .log("connection refused");
    }

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
     * @param way how the client said who it is
     * @param from its address, or the id of its connection
     */
    public static void authenticated(String way, String principal, String from) {
        event("authentication")
                .addKeyValue("outcome", "ok")
                .addKeyValue("way", way)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("from", from)
                .log("authenticated");
    }

    /**
     * @param reason one of a few words
     */
    public static void authenticationFailed(String way, String reason, String from) {
        event("authentication")
                .addKeyValue("outcome", "failed")
                .addKeyValue("way", way)
                .addKeyValue("reason", reason)
                .addKeyValue("from", from)
                .log("authentication failed");
    }

    /** A connection has begun a session that outlives it. */
    public static void sessionOpened(
            String session, String connection, String transport, String principal) {
        session("session.opened", session, connection, transport, principal).log("session opened");
    }

    /**
     * A connection goes on with a session that an earlier connection has begun.
     *
     * @param moved whether another node had it before
     */
    public static void sessionResumed(
            String session, String connection, String transport, String principal, boolean moved) {
        session("session.resumed", session, connection, transport, principal)
                .addKeyValue("moved", moved)
                .log("session resumed");
    }

    private static LoggingEventBuilder session(
            String event, String session, String connection, String transport, String principal) {
        return event(event)
                .addKeyValue("session", session)
                .addKeyValue("connection", connection)
                .addKeyValue("transport", transport)
                .addKeyValue("principal", cut(principal));
    }

    /** A connection has asked for a session that it does not get. */
    public static void resumeRefused(String connection, String principal, String reason) {
        event("session.refused")
                .addKeyValue("connection", connection)
                .addKeyValue("principal", cut(principal))
                .addKeyValue("reason", reason)
                .log("resume refused");
    }

    /**
     * @param connection that the request came over, also when it was answered over a later one
     * @param session the same as the connection, unless it outlives its connections
     * @param name of the tool, prompt or resource; null for methods that concern none
     */
    public static void request(
            String connection,
            String session,
            String transport,
            String principal,
            String method,
            @Nullable String name,
            String outcome,
            long nanos) {
        LoggingEventBuilder event =
                event("request")
                        .addKeyValue("connection", connection)
                        .addKeyValue("session", session)
                        .addKeyValue("transport", transport)
                        .addKeyValue("principal", cut(principal))
                        .addKeyValue("method", method);
        if (name != null) {
            event = event.addKeyValue("name", cut(name));
        }
        event.addKeyValue("outcome", outcome).addKeyValue("durationMs", nanos / 1e6).log("request");
    }

    private static LoggingEventBuilder event(String name) {
        return log.atLevel(Level.INFO).addKeyValue("event", name);
    }

    private static String cut(String text) {
        return text.length() > MAX_NAME ? text.substring(0, MAX_NAME) : text;
    }
}
