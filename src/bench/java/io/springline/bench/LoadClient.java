package io.springline.bench;

import io.springline.bench.LoadConnection.State;
import io.springline.bench.Way.Dialect;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The load: many WebSockets on one selector, in this JVM, whose loops are compiled by the time the
 * first measurement counts. Each call is a write of its own, as calls of independent callers are.
 * Used by one thread; a failure of the server ends the measurement with an {@link IOException}.
 */
final class LoadClient implements AutoCloseable {

    private static final int HANDSHAKES = 64;
    private static final int PER_ADDRESS = 900;
    private static final int MOST_LOST = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final byte[] ID = ascii("\"id\":");
    private static final byte[] PROOF = ascii(Way.MESSAGE.substring(0, 32));
    private static final byte[] END_OF_HEAD = ascii("\r\n\r\n");

    private final Target target;
    private final ServerProcess server;
    private final Frames frames;
    private final Selector selector = Selector.open();
    private final List<LoadConnection> connections = new ArrayList<>();
    private final Queue<LoadConnection> pausing = new ArrayDeque<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 18);
    private final byte[] bytes = new byte[1 << 19];
    private Received onAnswer = (_, _) -> {};
    private int begun;
    private int open;
    private long pushes;
    private long errors;
    private int lost;
    private @Nullable IOException failure;

    @FunctionalInterface
    private interface Received {
        void answer(LoadConnection connection, int id) throws IOException;
    }

    LoadClient(Target target, ServerProcess server) throws IOException {
        this.target = target;
        this.server = server;
        this.frames = new Frames(target.call());
    }

    /** Opens connections, and initializes them where that is due, until there are so many. */
    void open(int count) throws IOException {
        int remembered = Integer.highestOneBit(Math.max(64, (1 << 16) / count));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (open < count) {
            while (connections.size() < count && connections.size() - open < HANDSHAKES) {
                connections.add(dial(remembered));
            }
            int before = lost;
            turn();
            if (lost > before) {
                connections.removeIf(each -> each.state() == State.LOST);
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("%d of %d connections opened".formatted(open, count));
            }
        }
    }

    /** Opens and closes so many connections, {@code atOnce} at a time. */
    Sample connect(int count, int atOnce) throws IOException {
        var clock = new Clock(server, count);
        var dialing = new ArrayList<LoadConnection>();
        int warmUp = count / 10;
        for (int done = -warmUp; done < count; ) {
            while (dialing.size() < Math.min(atOnce, count - done)) {
                dialing.add(dial(64));
            }
            turn();
            for (var each = dialing.iterator(); each.hasNext(); ) {
                LoadConnection connection = each.next();
                if (connection.state() == State.LOST) {
                    each.remove();
                } else if (connection.state() == State.OPEN) {
                    each.remove();
                    connection.close();
                    if (++done == 0) {
                        clock.start(errors);
                    } else if (done > 0) {
                        clock.add(connection.nanosToOpen());
                    }
                }
            }
        }
        return clock.sample(errors);
    }

    /** Each connection keeps {@code depth} calls in flight. */
    Sample closedLoop(int depth, Duration warmUp, Duration time) throws IOException {
        var clock = new Clock(server, 1 << 18);
        onAnswer =
                (connection, id) -> {
                    clock.add(System.nanoTime() - connection.sentAt(id));
                    if (!clock.isOver()) {
                        connection.call(frames);
                    }
                };
        for (LoadConnection connection : connections) {
            for (int i = 0; i < depth; i++) {
                connection.call(frames);
            }
        }
        idle(warmUp);
        clock.start(errors);
        idle(time);
        Sample sample = clock.sample(errors);
        idle(Duration.ofMillis(100));
        return sample;
    }

    /** So many calls a second in all, whatever the server does. */
    Sample openLoop(double perSecond, Duration warmUp, Duration time) throws Exception {
        var clock = new Clock(server, (int) (perSecond * time.toSeconds() * 1.1) + 1);
        onAnswer = (connection, id) -> clock.add(System.nanoTime() - connection.sentAt(id));
        var sender = new Sender(perSecond);
        Thread thread = Thread.ofPlatform().name("sender").start(sender);
        try {
            idle(warmUp);
            clock.start(errors);
            idle(time);
            return clock.sample(errors);
        } finally {
            sender.over = true;
            thread.join();
            idle(Duration.ofMillis(200));
        }
    }

    /** Sends the calls of an open loop; a late one goes out at once and counts from then. */
    private final class Sender implements Runnable {

        private final long interval;
        private volatile boolean over;

        Sender(double perSecond) {
            interval = (long) (1e9 / perSecond);
        }

        @Override
        public void run() {
            var own = new Frames(target.call());
            long due = System.nanoTime();
            try {
                for (int i = 0; !over; i = (i + 1) % connections.size()) {
                    for (long wait = 1; wait > 0 && !over; ) {
                        wait = due - System.nanoTime();
                        LockSupport.parkNanos(wait);
                    }
                    connections.get(i).call(own);
                    due += interval;
                }
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    /** Only answers pings. */
    void idle(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            turn();
        }
    }

    /** Waits until so many messages have come that answer nothing. */
    void awaitPushes(long count) throws IOException {
        await(() -> pushes >= count);
    }

    /** Connections that the server closed before they were open. */
    int lost() {
        return lost;
    }

    long pushes() {
        return pushes;
    }

    private void await(BooleanSupplier condition) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            turn();
            if (System.nanoTime() > deadline) {
                throw new IOException("%d messages arrived".formatted(pushes));
            }
        }
    }

    private LoadConnection dial(int remembered) throws IOException {
        int host = 2 + begun++ / PER_ADDRESS % 200;
        var from = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) host});
        var connection = new LoadConnection(from, server.port(), target.path(), remembered);
        connection.channel.register(selector, SelectionKey.OP_READ, connection);
        return connection;
    }

    /** One look at what has arrived, for at most a millisecond. */
    private void turn() throws IOException {
        selector.select(this::read, 1);
        while (!pausing.isEmpty() && pausing.peek().initialize(target.pause().toNanos())) {
            pausing.remove();
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void read(SelectionKey key) {
        var connection = (LoadConnection) key.attachment();
        try {
            in.clear();
            if (connection.channel.read(in) < 0) {
                throw new IOException("%s closed a connection".formatted(target.title()));
            }
            in.flip();
            int length = connection.rest.length + in.remaining();
            System.arraycopy(connection.rest, 0, bytes, 0, connection.rest.length);
            in.get(bytes, connection.rest.length, in.remaining());
            connection.keep(bytes, take(connection, length), length);
        } catch (IOException e) {
            key.cancel();
            failed(connection, e);
        }
    }

    /** Some servers lose connections before they are open: these are opened again, and counted. */
    private void failed(LoadConnection connection, IOException e) {
        if (connection.state() == State.OPEN || ++lost > MOST_LOST) {
            failure = e;
            return;
        }
        try {
            connection.lost();
        } catch (IOException another) {
            failure = another;
        }
    }

    /** Takes what is complete of the bytes; returns where the rest begins. */
    private int take(LoadConnection connection, int length) throws IOException {
        int at = connection.state() == State.UPGRADING ? upgrade(connection, length) : 0;
        while (length - at >= 2) {
            int size = bytes[at + 1] & 127;
            int head = size < 126 ? 2 : 4;
            if (size == 126 && length - at >= 4) {
                size = (bytes[at + 2] & 255) << 8 | bytes[at + 3] & 255;
            }
            if (length - at < head + size) {
                break;
            }
            frame(connection, bytes[at] & 15, at + head, at + head + size);
            at += head + size;
        }
        return at;
    }

    private int upgrade(LoadConnection connection, int length) throws IOException {
        int end = find(END_OF_HEAD, 0, length);
        if (end < 0) {
            return 0;
        }
        String head = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        if (!head.startsWith("HTTP/1.1 101")) {
            throw new IOException("%s refused an upgrade: %s".formatted(target.title(), head));
        }
        connection.upgraded(target.dialect());
        if (target.dialect() == Dialect.LEGACY) {
            pausing.add(connection);
        } else {
            open++;
        }
        return end + END_OF_HEAD.length;
    }

    private void frame(LoadConnection connection, int opcode, int from, int to) throws IOException {
        switch (opcode) {
            case Frames.TEXT -> message(connection, from, to);
            case Frames.PING -> connection.pong(Arrays.copyOfRange(bytes, from, to));
            case Frames.CLOSE ->
                    throw new IOException(
                            "%s closed a connection: %s"
                                    .formatted(target.title(), text(Math.min(from + 2, to), to)));
            default -> throw new IOException("a frame of kind " + opcode);
        }
    }

    private void message(LoadConnection connection, int from, int to) throws IOException {
        int id = find(ID, from, to);
        if (id < 0) {
            pushes++;
        } else if (connection.state() == State.INITIALIZING) {
            connection.initialized();
            open++;
        } else {
            if (find(PROOF, from, to) < 0 && errors++ == 0) {
                System.out.println(target.title() + " answered: " + text(from, to));
            }
            onAnswer.answer(connection, number(id + ID.length));
        }
    }

    private int number(int at) {
        int number = 0;
        for (int i = at; bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = 10 * number + bytes[i] - '0';
        }
        return number;
    }

    private int find(byte[] what, int from, int to) {
        for (int i = from; i <= to - what.length; i++) {
            if (bytes[i] == what[0]
                    && Arrays.equals(bytes, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        return -1;
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection connection : connections) {
            if (connection.channel.isOpen() && failure == null) {
                connection.close();
            } else {
                connection.channel.close();
            }
        }
        selector.close();
    }
}
