package io.springline.ops.console;

import io.springline.concurrent.SchedulerNames;
import io.springline.dispatch.call.RequestObserver;
import io.springline.mcp.CloseReason;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.ops.metrics.McpMetrics;
import io.springline.session.Transport;
import io.springline.transport.AllConnections;
import io.springline.transport.TransportStatistics;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Rates and latencies of the last fifteen minutes, in steps of five seconds. Uses a fixed amount of
 * memory. Thread-safe.
 */
public final class History implements RequestObserver {

    static final int STEP_SECONDS = 5;
    static final int POINTS = 15 * 60 / STEP_SECONDS;

    private static final long LONGEST_MICROS = TimeUnit.MINUTES.toMicros(10);
    private static final int DIGITS = 2;

    /**
     * One step. All rates are per second.
     *
     * @param number the number of the step since the start, from 1
     * @param at the end of the step
     * @param received the rate of received messages
     * @param errors the rate of requests and malformed messages that got an error response
     * @param p50 the median in milliseconds of the time from reading a request to queueing its
     *     response; null if there was none
     */
    record Point(
            long number,
            Instant at,
            int connections,
            double received,
            double sent,
            double requests,
            double errors,
            @Nullable Double p50,
            @Nullable Double p95,
            @Nullable Double p99) {}

    /**
     * The number of connections that ended for one reason.
     *
     * @param code the close code, or null if the peer or the network ended the connection
     * @param recent the number in the last fifteen minutes
     * @param total the number since the service started
     */
    record Closes(String reason, @Nullable Integer code, long recent, long total) {}

    /** The values of the counters at one time. */
    private record Reading(long nanos, long received, long sent, long errors, long[] closed) {}

    private final AllConnections connections;
    private final TransportStatistics transport;
    private final McpMetrics metrics;
    private final Recorder latencies = new Recorder(1, LONGEST_MICROS, DIGITS);
    private final ArrayDeque<Point> points = new ArrayDeque<>(POINTS);

    /** The readings at the end of each point, and the one before the first point. */
    private final ArrayDeque<Reading> readings = new ArrayDeque<>(POINTS + 1);

    private @Nullable Histogram step;
    private long count;

    History(AllConnections connections, TransportStatistics transport, McpMetrics metrics) {
        this.connections = connections;
        this.transport = transport;
        this.metrics = metrics;
        readings.addLast(read());
    }

    @Override
    public void ended(
            McpMethod method,
            ProtocolVersion version,
            Transport transport,
            Outcome outcome,
            long nanos) {
        if (method != McpMethod.LISTEN) {
            latencies.recordValue(Math.clamp(nanos / 1_000, 1, LONGEST_MICROS));
        }
    }

    @Scheduled(fixedDelay = STEP_SECONDS * 1_000, scheduler = SchedulerNames.SPRINGLINE)
    synchronized void step() {
        Reading before = readings.getLast();
        Reading now = read();
        double seconds = Math.max(1e-3, (now.nanos - before.nanos) / 1e9);
        Histogram latency = latencies.getIntervalHistogram(step);
        step = latency;
        count++;
        if (points.size() == POINTS) {
            points.removeFirst();
            readings.removeFirst();
        }
        readings.addLast(now);
        points.addLast(
                new Point(
                        count,
                        Instant.now(),
                        connections.count(),
                        rounded((now.received - before.received) / seconds),
                        rounded((now.sent - before.sent) / seconds),
                        rounded(latency.getTotalCount() / seconds),
                        rounded((now.errors - before.errors) / seconds),
                        millis(latency, 50),
                        millis(latency, 95),
                        millis(latency, 99)));
    }

    /** Returns all points, oldest first. */
    synchronized List<Point> all() {
        return List.copyOf(points);
    }

    /** Returns the number of ended connections by reason, without reasons that did not occur. */
    synchronized List<Closes> closes() {
        long[] now = closed();
        long[] then = readings.getFirst().closed;
        CloseReason[] reasons = CloseReason.values();
        return IntStream.range(0, now.length)
                .filter(i -> now[i] > 0)
                .mapToObj(i ->
                        i == reasons.length
                                ? new Closes("peer", null, now[i] - then[i], now[i])
                                : new Closes(
                                        reasons[i].label(),
                                        reasons[i].code(),
                                        now[i] - then[i],
                                        now[i]))
                .toList();
    }

    private Reading read() {
        return new Reading(
                System.nanoTime(),
                transport.messagesReceived(),
                transport.messagesSent(),
                metrics.errors(),
                closed());
    }

    /** Returns the counters by reason. The last one counts connections that peers have ended. */
    private long[] closed() {
        CloseReason[] reasons = CloseReason.values();
        long[] closed = Arrays.stream(reasons).mapToLong(transport::closedBy).toArray();
        closed = Arrays.copyOf(closed, reasons.length + 1);
        closed[reasons.length] = transport.closedByThePeer();
        return closed;
    }

    private static @Nullable Double millis(Histogram latency, double percentile) {
        return latency.getTotalCount() == 0 ? null : latency.getValueAtPercentile(percentile) / 1e3;
    }

    private static double rounded(double rate) {
        return Math.round(rate * 10) / 10.0;
    }
}
