package io.springline.transport;

import io.springline.concurrent.SchedulerNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Closes HTTP connections on which a request does not arrive in time. Time counts from the opening
 * of a connection until its first request is complete, and from the first byte of each later
 * request. It also ends for a connection that sends single bytes of a request now and then, which
 * an idle timeout does not detect. Between two requests, only the connector's idle timeout applies.
 * Connections that were upgraded no longer count.
 *
 * <p>Also limits the number of HTTP connections: beyond it, a new one closes the least recently
 * used one. Thread-safe.
 */
public final class RequestDeadline implements Connection.Listener {

    private static final long TICK_MILLIS = 200;

    /** The counters of a connection, and the time since which they have not changed. */
    private record Progress(
            long requests, long responses, long bytesIn, long bytesOut, long sinceNanos) {

        static Progress of(Connection connection, long nowNanos) {
            return new Progress(
                    connection.getMessagesIn(),
                    connection.getMessagesOut(),
                    connection.getBytesIn(),
                    connection.getBytesOut(),
                    nowNanos);
        }

        boolean isServed() {
            return requests > responses;
        }

        /** Returns true if no request and no part of a response came since the other. */
        boolean isSameAs(Progress other) {
            return requests == other.requests
                    && responses == other.responses
                    && bytesOut == other.bytesOut;
        }

        /** Returns true if a request was served, and nothing of a next one came since the other. */
        boolean isBetweenRequests(Progress other) {
            return responses > 0 && bytesIn == other.bytesIn;
        }
    }

    /** In the order of the last use. */
    private final SequencedMap<Connection, Progress> open = new LinkedHashMap<>();

    private final Map<Connection, Integer> streaming = new ConcurrentHashMap<>();
    private final long timeoutNanos;
    private final int limit;

    /**
     * @param timeout time in which a request must arrive
     * @param limit most HTTP connections at a time, at least 1. Connections that serve a response
     *     are not closed, and may exceed it
     */
    public RequestDeadline(Duration timeout, int limit) {
        this.timeoutNanos = timeout.toNanos();
        this.limit = limit;
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof ConnectionMetaData) {
            Connection longest = add(connection);
            if (longest != null) {
                longest.getEndPoint().close();
            }
        }
    }

    private synchronized @Nullable Connection add(Connection connection) {
        Connection longest = open.size() < limit ? null : longestUnused();
        open.put(connection, Progress.of(connection, System.nanoTime()));
        return longest;
    }

    private @Nullable Connection longestUnused() {
        for (Connection each : open.keySet()) {
            if (!streaming.containsKey(each) && !Progress.of(each, 0).isServed()) {
                open.remove(each);
                return each;
            }
        }
        return null;
    }

    /**
     * Marks a connection whose response may be silent for long. Jetty counts a response when it
     * begins, so such a response otherwise looks like one that has ended.
     */
    public void streamBegins(Connection connection) {
        streaming.merge(connection, 1, Integer::sum);
    }

    /** Marks the end of such a response. To be called once per {@link #streamBegins}. */
    public void streamEnds(Connection connection) {
        streaming.computeIfPresent(connection, (_, count) -> count == 1 ? null : count - 1);
    }

    @Override
    public synchronized void onClosed(Connection connection) {
        open.remove(connection);
    }

    @Scheduled(fixedDelay = TICK_MILLIS, scheduler = SchedulerNames.SPRINGLINE)
    void sweep() {
        overdue(System.nanoTime()).forEach(each -> each.getEndPoint().close());
    }

    private synchronized List<Connection> overdue(long nowNanos) {
        var overdue = new ArrayList<Connection>(0);
        var used = new LinkedHashMap<Connection, Progress>(0);
        open.replaceAll((connection, before) -> {
            Progress now = Progress.of(connection, nowNanos);
            if (!now.isSameAs(before)) {
                used.put(connection, now);
                return now;
            }
            if (streaming.containsKey(connection)
                    || now.isServed()
                    || now.isBetweenRequests(before)) {
                return now;
            }
            if (nowNanos - before.sinceNanos() >= timeoutNanos) {
                overdue.add(connection);
            }
            return before;
        });
        used.forEach(open::putLast);
        return overdue;
    }

    /** Returns the number of HTTP connections that have not been upgraded. */
    public synchronized int count() {
        return open.size();
    }
}
