package io.springline.transport.drain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a drain, for operators.
 *
 * @param since when it began, or null if it has not
 * @param connections number of open connections
 * @param inFlight number of requests in flight on these connections
 */
public record DrainView(
        DrainState state, @Nullable Instant since, int connections, long inFlight) {}
