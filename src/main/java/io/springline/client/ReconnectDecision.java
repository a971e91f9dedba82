package io.springline.client;

import java.time.Duration;

/** What the end of a connection, or the refusal of one, asks the client to do. */
sealed interface ReconnectDecision {

    /** Come back, no sooner than this. */
    record Reconnect(Duration atLeast, String why) implements ReconnectDecision {}

    /** Come back with a new credential, once. */
    record Renew(String why) implements ReconnectDecision {}

    /** Coming back is of no use. */
    record Stop(String why) implements ReconnectDecision {}
}
