package io.springline.relay.upstream;

import java.time.Duration;
import java.time.Instant;

/**
 * The absence of an upstream that connects by itself.
 *
 * @param since when its last connection ended
 * @param patience how long a call may wait for its return; zero if it fails at once
 */
public record Absence(Instant since, Duration patience) {}
