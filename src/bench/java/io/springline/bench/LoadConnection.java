package io.springline.bench;

import io.springline.bench.Way.Dialect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One WebSocket of the load, from TCP to the last answer. It is read by the thread of its {@link
 * LoadClient}; calls may be sent by another one.
 */
final class LoadConnection {

    enum State {
        UPGRADING,
        /** Upgraded; the server is given time before the first message. */
        PAUSING,
        INITIALIZING,
        OPEN,
        /** Closed by the server before it was open. */
        LOST
    }

    private static final byte[] INITIALIZE =
            Frames.of(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":\
                    "2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\
                    """);
    private static final byte[] INITIALIZED =
            Frames.of("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    private static final byte[] GOODBYE = Frames.of(Frames.CLOSE, new byte[] {3, (byte) 232});
    private static final byte[] NOTHING = {};

    final SocketChannel channel;
    private final AtomicLongArray sentAt;
    private final long begun = System.nanoTime();
    private State state = State.UPGRADING;
    private long stateSince;
    private long nanosToOpen;
    private int calls;

    /** The beginning of a frame whose end has not arrived. */
    byte[] rest = NOTHING;

    /**
     * Connects, and asks for the upgrade.
     *
     * @param from the source address, since one has no more than 28,000 ports
     * @param remembered calls whose time of sending is kept, a power of two
     */
    LoadConnection(InetAddress from, int port, String path, int remembered) throws IOException {
        sentAt = new AtomicLongArray(remembered);
        channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.bind(new InetSocketAddress(from, 0));
        channel.connect(new InetSocketAddress("127.0.0.1", port));
        channel.configureBlocking(false);
        String upgrade =
                """
                GET %s HTTP/1.1\r
                Host: 127.0.0.1:%d\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Protocol: mcp\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r
                """
                        .formatted(path, port);
        write(ByteBuffer.wrap(upgrade.getBytes(StandardCharsets.ISO_8859_1)));
    }

    State state() {
        return state;
    }

    /** TCP, upgrade and initialize, without the pause. */
    long nanosToOpen() {
        return nanosToOpen;
    }

    /** The server has agreed to the upgrade. */
    void upgraded(Dialect dialect) {
        nanosToOpen = System.nanoTime() - begun;
        stateSince = System.nanoTime();
        state = dialect == Dialect.LEGACY ? State.PAUSING : State.OPEN;
    }

    /** Sends {@code initialize} once the pause is over; whether nothing is left to be done. */
    boolean initialize(long pauseNanos) throws IOException {
        if (state == State.LOST) {
            return true;
        }
        if (System.nanoTime() - stateSince < pauseNanos) {
            return false;
        }
        stateSince = System.nanoTime();
        state = State.INITIALIZING;
        send(INITIALIZE);
        return true;
    }

    void initialized() throws IOException {
        nanosToOpen += System.nanoTime() - stateSince;
        send(INITIALIZED);
        state = State.OPEN;
    }

    /** Sends a call. */
    void call(Frames frames) throws IOException {
        int id = Frames.FIRST_ID + calls++;
        sentAt.setRelease(id & sentAt.length() - 1, System.nanoTime());
        write(frames.call(id));
    }

    /** When the call with this id was sent, by {@link System#nanoTime()}. */
    long sentAt(int id) {
        return sentAt.getAcquire(id & sentAt.length() - 1);
    }

    void lost() throws IOException {
        state = State.LOST;
        channel.close();
    }

    void pong(byte[] payload) throws IOException {
        send(Frames.of(Frames.PONG, payload));
    }

    void keep(byte[] bytes, int from, int to) {
        rest = from == to ? NOTHING : Arrays.copyOfRange(bytes, from, to);
    }

    void close() throws IOException {
        try (channel) {
            send(GOODBYE);
        }
    }

    private void send(byte[] frame) throws IOException {
        write(ByteBuffer.wrap(frame));
    }

    private void write(ByteBuffer bytes) throws IOException {
        channel.write(bytes);
        if (bytes.hasRemaining()) {
            throw new IOException("the server does not read what it is sent");
        }
    }
}
