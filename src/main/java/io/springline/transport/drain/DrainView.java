package io.springline.transport.drain;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees of a drain.
 *
 * @param since when it began; null before
 * @param connections still open
 * @param inFlight requests of theirs that are being worked on
 */
public record DrainView(
        DrainState state, @Nullable Instant since, int connections, long inFlight) {}
