package io.springline.client;

import java.time.Duration;

/** What the client does after a connection has ended or was refused. {@code why} is for people. */
sealed interface ReconnectDecision {

    /** Reconnect, after at least this time. */
    record Reconnect(Duration atLeast, String why) implements ReconnectDecision {}

    /** Reconnect once with a new credential. */
    record Renew(String why) implements ReconnectDecision {}

    /** Do not reconnect. */
    record Stop(String why) implements ReconnectDecision {}
}
