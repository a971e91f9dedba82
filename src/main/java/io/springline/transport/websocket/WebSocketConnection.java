package io.springline.transport.websocket;

import io.springline.concurrent.StateLock;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import io.springline.transport.TransportStatistics;
import io.springline.transport.websocket.jetty.JettySocket;
import io.springline.transport.websocket.jetty.MessageDeflate;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket: its outbound queue, its life signs and its end.
 *
 * <pre>
 * OPEN ──close(reason)──▶ CLOSING ──queue written──▶ CLOSE_SENT ──▶ ENDED
 *   └──peer or network─────────┴──────────────────────────────────────▲
 * </pre>
 *
 * Messages are written by the thread that flushes them while nobody else writes, without blocking,
 * or a moment later where more are expected at once; when the network cannot take more, the
 * container's thread goes on as soon as it can. Several waiting messages leave in one write.
 */
public final class WebSocketConnection implements Connection {

    /**
     * A larger message goes out in fragments of this size, so that progress can be seen and pings
     * can pass between them (RFC 6455, 5.4).
     */
    static final int FRAGMENT_BYTES = 256 * 1024;

    /** So long a peer may take to answer a close frame, or to read what is before it. */
    static final long CLOSE_GRACE_NANOS = 2_000_000_000L;

    private enum State {
        OPEN,
        CLOSING,
        CLOSE_SENT,
        ENDED
    }

    private final String id;
    private final WebSocketCoreSession socket;
    private final byte opCode;
    private final @Nullable MessageDeflate deflate;
    private final OutboundQueue queue;
    private final long writeTimeoutNanos;
    private final FrameRateLimiter frames;
    private final TransportStatistics statistics;
    private final Writer writer = new Writer();
    private final StateLock lock = new StateLock();
    private final Condition room = lock.newCondition();
    private final KeepAlive life;
    private volatile State state = State.OPEN;
    private volatile @Nullable CloseReason closing;

    /** Whether a message is queued behind which no other is expected at once. */
    private boolean writeDue;

    /** Whether a thread has been started that will write. */
    private boolean writeStarted;

    private volatile long closingSinceNanos;
    private volatile long lastWriteNanos;
    private volatile long messagesSent;
    private volatile @Nullable TrafficTap tap;

    /**
     * @param binary whether messages go out as binary ones; else they are text
     * @param writeTimeoutNanos a client that takes longer for one fragment while its queue is over
     *     the limit is too slow
     */
    WebSocketConnection(
            String id,
            JettySocket socket,
            boolean binary,
            long outboundLimitBytes,
            long writeTimeoutNanos,
            FrameRateLimiter frames,
            TransportStatistics statistics,
            long nowNanos) {
        this.id = id;
        this.socket = socket.core();
        this.deflate = socket.deflate();
        this.opCode = binary ? OpCode.BINARY : OpCode.TEXT;
        this.queue = new OutboundQueue(outboundLimitBytes);
        this.writeTimeoutNanos = writeTimeoutNanos;
        this.frames = frames;
        this.statistics = statistics;
        this.life = new KeepAlive(nowNanos);
        this.lastWriteNanos = nowNanos;
    }

    @Override
    public String id() {
        return id;
    }

    KeepAlive life() {
        return life;
    }

    /** A pong arrived. */
    void pong(ByteBuffer payload, long nowNanos) {
        if (life.pong(payload, nowNanos)) {
            statistics.roundTrip(life.roundTripNanos());
        }
    }

    long messagesSent() {
        return messagesSent;
    }

    /** Who looks at the messages of this connection; null for nobody. */
    @Nullable TrafficTap tap() {
        return tap;
    }

    void tap(@Nullable TrafficTap tap) {
        this.tap = tap;
    }

    @Override
    public long queuedBytes() {
        return queue.bytes();
    }

    @Override
    public void enqueue(Outbound message) {
        try (var _ = lock.hold()) {
            if (state != State.OPEN) {
                return;
            }
            if (!queue.offer(message)) {
                statistics.dropped(message.kind());
            } else if (!message.moreComing()) {
                writeDue = true;
            }
        }
    }

    @Override
    public void flush() {
        boolean now;
        try (var _ = lock.hold()) {
            now = writeDue;
            writeDue = false;
            if (!now) {
                if (writeStarted || queue.isEmpty()) {
                    return;
                }
                writeStarted = true;
            }
        }
        if (now) {
            write();
        } else {
            // Behind the handlers that can run already: their answers share its system call.
            Thread.startVirtualThread(this::writeWhatIsReady);
        }
    }

    private void writeWhatIsReady() {
        try (var _ = lock.hold()) {
            writeStarted = false;
        }
        write();
    }

    /** If the write fails, Jetty ends the connection on this thread. */
    private void write() {
        assert StateLock.noneHeld("write to a socket");
        writer.iterate();
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        if (!queue.isOverLimit()) {
            return;
        }
        try (var _ = lock.hold()) {
            while (queue.isOverLimit() && state == State.OPEN) {
                room.await();
            }
        }
    }

    @Override
    public void close(CloseReason reason) {
        if (startClosing(reason, false)) {
            write();
        }
    }

    /** As {@link #close}, without what is queued: the peer would not read it anyway. */
    void closeNow(CloseReason reason) {
        if (startClosing(reason, true)) {
            write();
        }
    }

    private boolean startClosing(CloseReason reason, boolean discard) {
        try (var _ = lock.hold()) {
            if (state != State.OPEN) {
                return false;
            }
            closing = reason;
            closingSinceNanos = System.nanoTime();
            state = State.CLOSING;
            if (discard) {
                queue.clear();
            }
            room.signalAll();
            return true;
        }
    }

    /** Why we closed, or null when we did not. */
    public @Nullable CloseReason closing() {
        return closing;
    }

    /** Whether it neither closes nor has ended. */
    boolean isOpen() {
        return state == State.OPEN;
    }

    /** The connection is gone; frees who waits for room. Calls nothing outward. */
    void ended() {
        try (var _ = lock.hold()) {
            state = State.ENDED;
            queue.clear();
            room.signalAll();
        }
    }

    /** Sends a ping; its pong carries the time it was sent. */
    void ping(long nowNanos) {
        assert StateLock.noneHeld("ping");
        life.pinged(nowNanos);
        ByteBuffer payload = ByteBuffer.allocate(Long.BYTES).putLong(0, nowNanos);
        socket.sendFrame(new Frame(OpCode.PING, payload), Callback.NOOP, false);
    }

    /** Ends a flood of frames that are no messages: pings, pongs, crumbs. */
    void closeIfFlooding(long nowNanos) {
        var incoming = socket.getConnection();
        if (frames.isExceeded(incoming.getMessagesIn(), incoming.getBytesIn(), nowNanos)) {
            closeNow(CloseReason.RATE_LIMIT);
        }
    }

    /** Drops the TCP connection of a peer that has not come to an end with us in time. */
    public void abortIfOverdue(long nowNanos) {
        boolean closes = state == State.CLOSING || state == State.CLOSE_SENT;
        if (closes && nowNanos - lastStepNanos() >= CLOSE_GRACE_NANOS) {
            abort();
        } else if (queue.isOverLimit() && nowNanos - lastWriteNanos >= writeTimeoutNanos) {
            closeNow(CloseReason.SLOW_CONSUMER);
        }
    }

    /**
     * Whether a fragment is on its way and has not been for long: a ping behind it cannot be
     * answered yet.
     */
    boolean isWriting(long nowNanos) {
        return writer.current != null && nowNanos - lastWriteNanos < writeTimeoutNanos;
    }

    /** Towards the end: each fragment that the peer takes is one. */
    private long lastStepNanos() {
        return lastWriteNanos - closingSinceNanos > 0 ? lastWriteNanos : closingSinceNanos;
    }

    /** Drops the TCP connection. */
    public void abort() {
        assert StateLock.noneHeld("abort of a socket");
        socket.abort();
    }

    /** Writes one message after the other; at most one thread is in {@link #process} at a time. */
    private final class Writer extends IteratingCallback {

        private static final byte[] NOTHING = {};

        private volatile @Nullable Outbound current;
        private byte[] payload = NOTHING;
        private int written;

        @Override
        protected Action process() {
            Outbound message;
            boolean more;
            CloseReason close = null;
            try (var _ = lock.hold()) {
                message = nextMessage();
                more = !queue.isEmpty();
                if (message == null && state == State.CLOSING) {
                    close = closing;
                    state = State.CLOSE_SENT;
                }
            }
            if (message != null) {
                TrafficTap watching = tap;
                if (watching != null && written == 0) {
                    assert StateLock.noneHeld("traffic log");
                    watching.sent(message.payload());
                }
                Frame frame = nextFrame(message);
                // Batched frames leave together, with the first that has nothing behind it.
                socket.sendFrame(frame, this, more && frame.isFin());
                return Action.SCHEDULED;
            }
            if (close != null) {
                socket.close(close.code(), close.text(), Callback.NOOP);
            }
            return Action.IDLE;
        }

        /** Called when the last frame has been written; null when nothing is left. */
        private @Nullable Outbound nextMessage() {
            Outbound next = current;
            if (next != null && written == payload.length) {
                done(next);
                next = null;
            }
            if (next == null) {
                next = queue.poll();
                payload = NOTHING;
                written = 0;
            }
            if (next != null) {
                lastWriteNanos = System.nanoTime();
            }
            current = next;
            return next;
        }

        private Frame nextFrame(Outbound message) {
            boolean first = written == 0;
            if (first) {
                payload = compressed(message);
            }
            int length = Math.min(payload.length - written, FRAGMENT_BYTES);
            Frame frame =
                    new Frame(
                            first ? opCode : OpCode.CONTINUATION,
                            ByteBuffer.wrap(payload, written, length));
            frame.setRsv1(first && payload != message.payload());
            written += length;
            return frame.setFin(written == payload.length);
        }

        /** The payload itself where compression was not negotiated, or is of no use. */
        private byte[] compressed(Outbound message) {
            byte[] plain = message.payload();
            MessageDeflate zlib = deflate;
            if (zlib == null) {
                return plain;
            }
            Outbound.Compressed shared = message.compressed();
            return shared == null ? zlib.deflate(plain) : shared.get(() -> zlib.deflate(plain));
        }

        private void done(Outbound message) {
            boolean wasOver = queue.isOverLimit();
            queue.written(message);
            messagesSent++;
            statistics.sent();
            if (wasOver) {
                // While it is held back nothing is read from it, so this is its sign of life.
                life.received();
                if (!queue.isOverLimit()) {
                    room.signalAll();
                }
            }
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            socket.abort();
        }
    }
}
