package io.springline.transport.http.stream;

/**
 * The limits and intervals of a {@link ResponseStream}.
 *
 * @param limitBytes most bytes to queue for the client
 * @param writeTimeoutNanos longest time for which more may be queued
 * @param streamAfterNanos time after which an undecided response becomes an event stream
 * @param keepAliveNanos interval of comments on a silent stream
 * @param probes true to send a second comment soon after each one. If the client is gone, its host
 *     answers the first with a reset, and the second write fails
 */
public record StreamSettings(
        long limitBytes,
        long writeTimeoutNanos,
        long streamAfterNanos,
        long keepAliveNanos,
        boolean probes) {

    /** Creates settings without probes. */
    public StreamSettings(
            long limitBytes, long writeTimeoutNanos, long streamAfterNanos, long keepAliveNanos) {
        this(limitBytes, writeTimeoutNanos, streamAfterNanos, keepAliveNanos, false);
    }

    private static final long PROBE_NANOS = 2_000_000_000L;
    private static final long LONGEST_BETWEEN_PROBES_NANOS = 12_000_000_000L;

    /**
     * Returns settings for responses whose end cancels their request: a disconnected client is
     * detected within 20 s.
     */
    public StreamSettings probing() {
        return new StreamSettings(
                limitBytes,
                writeTimeoutNanos,
                streamAfterNanos,
                Math.min(keepAliveNanos, LONGEST_BETWEEN_PROBES_NANOS),
                true);
    }

    long probeNanos() {
        return Math.min(PROBE_NANOS, keepAliveNanos);
    }
}
