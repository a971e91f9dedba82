package io.springline.transport.http.stream;

/**
 * Bounds and intervals of a {@link ResponseStream}.
 *
 * @param limitBytes that may wait for the client
 * @param writeTimeoutNanos how long more than that may wait
 * @param streamAfterNanos after which an undecided response becomes an event stream
 * @param keepAliveNanos between two comments
 * @param probes whether each comment is followed by another one soon: the first makes the peer's
 *     host say that the client is gone, the second finds out
 */
public record StreamSettings(
        long limitBytes,
        long writeTimeoutNanos,
        long streamAfterNanos,
        long keepAliveNanos,
        boolean probes) {

    private static final long PROBE_NANOS = 2_000_000_000L;
    private static final long LONGEST_BETWEEN_PROBES_NANOS = 12_000_000_000L;

    /** Of streams whose end cancels their request: it is found within 20 s. */
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
