package io.springline.transport.handshake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Ends HTTP connections on which no request comes: those that stay silent, and those that send one
 * byte of it now and then, which an idle timeout does not find. An upgraded connection is none any
 * more. There is a most of those that wait for a request, too: one more ends the one that waits
 * longest, since a client that means it waits for milliseconds.
 */
public final class RequestDeadline implements Connection.Listener {

    private static final long TICK_MILLIS = 200;

    /** What one connection has done, and since when it has done nothing more. */
    private record Progress(long requests, long responses, long bytesOut, long sinceNanos) {

        static Progress of(Connection connection, long nowNanos) {
            return new Progress(
                    connection.getMessagesIn(),
                    connection.getMessagesOut(),
                    connection.getBytesOut(),
                    nowNanos);
        }

        boolean isServed() {
            return requests > responses;
        }

        boolean isSameAs(Progress other) {
            return requests == other.requests
                    && responses == other.responses
                    && bytesOut == other.bytesOut;
        }
    }

    private final Map<Connection, Progress> open = new LinkedHashMap<>();
    private final Map<Connection, Integer> streaming = new ConcurrentHashMap<>();
    private final long timeoutNanos;
    private final int limit;

    /**
     * @param limit most HTTP connections at a time, those that are being served not among those
     *     that are ended; at least 1
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
        Connection longest = open.size() < limit ? null : longestWaiting();
        open.put(connection, Progress.of(connection, System.nanoTime()));
        return longest;
    }

    private @Nullable Connection longestWaiting() {
        for (Connection each : open.keySet()) {
            if (!streaming.containsKey(each) && !Progress.of(each, 0).isServed()) {
                open.remove(each);
                return each;
            }
        }
        return null;
    }

    /**
     * A response has begun that may be silent for long, which a response that has ended cannot be
     * told from: Jetty counts responses when they begin.
     */
    public void streamBegins(Connection connection) {
        streaming.merge(connection, 1, Integer::sum);
    }

    /** Such a response has ended. */
    public void streamEnds(Connection connection) {
        streaming.computeIfPresent(connection, (_, count) -> count == 1 ? null : count - 1);
    }

    @Override
    public synchronized void onClosed(Connection connection) {
        open.remove(connection);
    }

    @Scheduled(fixedDelay = TICK_MILLIS)
    void sweep() {
        overdue(System.nanoTime()).forEach(each -> each.getEndPoint().close());
    }

    private synchronized List<Connection> overdue(long nowNanos) {
        var overdue = new ArrayList<Connection>(0);
        open.replaceAll((connection, before) -> {
            Progress now = Progress.of(connection, nowNanos);
            if (streaming.containsKey(connection) || now.isServed() || !now.isSameAs(before)) {
                return now;
            }
            if (nowNanos - before.sinceNanos() >= timeoutNanos) {
                overdue.add(connection);
            }
            return before;
        });
        return overdue;
    }

    /** HTTP connections that have not become WebSockets. */
    public synchronized int count() {
        return open.size();
    }
}
