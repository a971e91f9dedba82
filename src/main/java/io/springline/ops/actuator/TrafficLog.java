package io.springline.ops.actuator;

import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.ops.actuator.TrafficLine.Direction;
import io.springline.transport.websocket.Connections;
import io.springline.transport.websocket.TrafficTap;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the messages of selected connections for operators: keeps the last {@value #MAX_LINES} per
 * connection, and writes each message to the logger {@code io.springline.traffic}. Off by default.
 * The selection is kept in memory only. Thread-safe.
 */
public final class TrafficLog {

    /** The maximum number of connections, including closed ones whose messages are still kept. */
    public static final int MAX_CONNECTIONS = 20;

    /** The number of messages that are kept per connection. */
    static final int MAX_LINES = 200;

    /** The message for {@link Started#TOO_MANY}. */
    public static final String TOO_MANY_TEXT =
            "the messages of %d connections are already being logged; stop one of them first"
                    .formatted(MAX_CONNECTIONS);

    /** The result of {@link #start}. */
    public enum Started {
        ON,
        NO_SUCH_CONNECTION,
        TOO_MANY
    }

    private static final Logger log = LoggerFactory.getLogger("io.springline.traffic");

    private final Connections connections;
    private final Map<String, Tap> taps = new LinkedHashMap<>();

    public TrafficLog(Connections connections) {
        this.connections = connections;
    }

    /**
     * Starts logging a connection. If it is already logged, nothing changes. If the maximum is
     * reached, forgets closed connections first.
     */
    public synchronized Started start(String connection) {
        Tap tap = taps.get(connection);
        if (tap == null) {
            if (taps.size() >= MAX_CONNECTIONS) {
                forgetClosed();
            }
            if (taps.size() >= MAX_CONNECTIONS) {
                return Started.TOO_MANY;
            }
            tap = new Tap(connection, isBinary(connection));
        }
        if (!connections.tap(connection, tap)) {
            return Started.NO_SUCH_CONNECTION;
        }
        taps.put(connection, tap);
        return Started.ON;
    }

    /** Stops logging and forgets the lines. Returns false if the connection was not logged. */
    public synchronized boolean stop(String connection) {
        connections.untap(connection);
        return taps.remove(connection) != null;
    }

    /**
     * Returns the lines with a number greater than {@code after}, oldest first, or empty if the
     * connection is not logged.
     */
    public Optional<List<TrafficLine>> lines(String connection, long after) {
        return tap(connection).map(tap -> tap.after(after));
    }

    private synchronized Optional<Tap> tap(String connection) {
        return Optional.ofNullable(taps.get(connection));
    }

    private boolean isBinary(String connection) {
        return connections.session(connection).filter(each -> each.codec().isBinary()).isPresent();
    }

    private void forgetClosed() {
        taps.keySet().removeIf(id -> connections.find(id).isEmpty());
    }

    private static final class Tap implements TrafficTap {

        private final String connection;
        private final boolean binary;
        private final ArrayDeque<TrafficLine> lines = new ArrayDeque<>();
        private long count;

        Tap(String connection, boolean binary) {
            this.connection = connection;
            this.binary = binary;
        }

        @Override
        public void received(byte[] payload) {
            add(Direction.RECEIVED, payload);
        }

        @Override
        public void sent(byte[] payload) {
            add(Direction.SENT, payload);
        }

        /** Parses the message before taking the lock, so that readers do not wait for it. */
        private void add(Direction direction, byte[] payload) {
            byte[] json = binary ? JsonRpcCodec.cborAsJson(payload) : payload;
            TrafficLine line = TrafficLine.of(Instant.now(), direction, json, payload.length);
            keep(line);
            log.atInfo()
                    .addKeyValue("connection", connection)
                    .addKeyValue("method", line.method())
                    .addKeyValue("id", line.id())
                    .addKeyValue("bytes", line.bytes())
                    .log("{} {}", direction == Direction.RECEIVED ? "<" : ">", line.text());
        }

        private synchronized void keep(TrafficLine line) {
            count++;
            if (lines.size() == MAX_LINES) {
                lines.removeFirst();
            }
            lines.addLast(line.numbered(count));
        }

        synchronized List<TrafficLine> after(long number) {
            return lines.stream().filter(line -> line.number() > number).toList();
        }
    }
}
