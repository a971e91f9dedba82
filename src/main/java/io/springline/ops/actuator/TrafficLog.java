package io.springline.ops.actuator;

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
 * The messages of single connections, as long as an operator wants to see them: the last ones here,
 * and each as a line of the logger {@code io.springline.traffic}. Off for every connection until it
 * is switched on, and gone with this process. Safe for use by many threads.
 */
public final class TrafficLog {

    /** Connections whose messages are kept at a time, closed ones included. */
    public static final int MAX_CONNECTIONS = 20;

    /** Of one connection. */
    static final int MAX_LINES = 200;

    public static final String TOO_MANY_TEXT =
            "the traffic of %d connections is logged already: switch one off first"
                    .formatted(MAX_CONNECTIONS);

    /** What became of switching it on. */
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

    /** Goes on where the lines of this connection ended, if it was on before. */
    public synchronized Started start(String connection) {
        Tap tap = taps.get(connection);
        if (tap == null) {
            if (taps.size() >= MAX_CONNECTIONS) {
                forgetClosed();
            }
            if (taps.size() >= MAX_CONNECTIONS) {
                return Started.TOO_MANY;
            }
            tap = new Tap(connection);
        }
        if (!connections.tap(connection, tap)) {
            return Started.NO_SUCH_CONNECTION;
        }
        taps.put(connection, tap);
        return Started.ON;
    }

    /** Forgets the lines as well; false when it was not on. */
    public synchronized boolean stop(String connection) {
        connections.tap(connection, null);
        return taps.remove(connection) != null;
    }

    /** Lines with a greater number than {@code after}, oldest first; empty when it is not on. */
    public Optional<List<TrafficLine>> lines(String connection, long after) {
        return tap(connection).map(tap -> tap.after(after));
    }

    private synchronized Optional<Tap> tap(String connection) {
        return Optional.ofNullable(taps.get(connection));
    }

    private void forgetClosed() {
        taps.keySet().removeIf(id -> connections.find(id).isEmpty());
    }

    private static final class Tap implements TrafficTap {

        private final String connection;
        private final ArrayDeque<TrafficLine> lines = new ArrayDeque<>();
        private long count;

        Tap(String connection) {
            this.connection = connection;
        }

        @Override
        public void received(byte[] payload) {
            add(Direction.RECEIVED, payload);
        }

        @Override
        public void sent(byte[] payload) {
            add(Direction.SENT, payload);
        }

        /**
         * Reads the message before it takes the lock: an operator's request waits for no message.
         */
        private void add(Direction direction, byte[] payload) {
            TrafficLine line = TrafficLine.of(Instant.now(), direction, payload);
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
