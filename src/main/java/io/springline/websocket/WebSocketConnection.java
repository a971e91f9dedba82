package io.springline.websocket;

import io.springline.session.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
 * OPEN ──close(reason)──▶ CLOSING ──queue written──▶ close frame sent ──▶ CLOSED
 *   └──peer or network──────────────────────────────────────────────────────┘
 * </pre>
 *
 * Messages are written by whoever queues one while nobody writes, without blocking, or a moment
 * later where more are expected at once; when the network cannot take more, the container's thread
 * goes on as soon as it can. Several waiting messages leave in one write.
 */
final class WebSocketConnection implements Connection {

    /**
     * A larger message goes out in fragments of this size, so that progress can be seen and pings
     * can pass between them (RFC 6455, 5.4).
     */
    static final int FRAGMENT_BYTES = 256 * 1024;

    /** So long a peer may take to answer a close frame, or to read what is before it. */
    static final long CLOSE_GRACE_NANOS = 2_000_000_000L;

    private final String id;
    private final WebSocketCoreSession socket;
    private final byte opCode;
    private final @Nullable MessageDeflate deflate;
    private final OutboundQueue queue;
    private final long writeTimeoutNanos;
    private final FrameRate frames;
    private final TransportStatistics statistics;
    private final Writer writer = new Writer();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final LifeSigns life;
    private volatile @Nullable CloseReason closing;
    private boolean flushPending;
    private boolean closeSent;
    private boolean closed;
    private long closingSinceNanos;
    private long lastWriteNanos;
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
            FrameRate frames,
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
        this.life = new LifeSigns(nowNanos);
        this.lastWriteNanos = nowNanos;
    }

    @Override
    public String id() {
        return id;
    }

    LifeSigns life() {
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
        lock.lock();
        try {
            return queue.bytes();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void send(Outbound message) {
        TrafficTap watching = tap;
        if (watching != null) {
            watching.sent(message.payload());
        }
        boolean now;
        lock.lock();
        try {
            if (closing != null || closed) {
                return;
            }
            if (!queue.offer(message)) {
                statistics.dropped(message.kind());
                return;
            }
            now = !message.moreComing();
            if (!now && flushPending) {
                return;
            }
            flushPending = flushPending || !now;
        } finally {
            lock.unlock();
        }
        if (now) {
            writer.iterate();
        } else {
            // Behind the handlers that can run already: their answers share its system call.
            Thread.startVirtualThread(this::flush);
        }
    }

    private void flush() {
        lock.lock();
        try {
            flushPending = false;
        } finally {
            lock.unlock();
        }
        writer.iterate();
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        lock.lock();
        try {
            while (queue.isOverLimit() && closing == null && !closed) {
                room.await();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close(CloseReason reason) {
        if (startClosing(reason, false)) {
            writer.iterate();
        }
    }

    /** As {@link #close}, without what is queued: the peer would not read it anyway. */
    void closeNow(CloseReason reason) {
        if (startClosing(reason, true)) {
            writer.iterate();
        }
    }

    private boolean startClosing(CloseReason reason, boolean discard) {
        lock.lock();
        try {
            if (closing != null || closed) {
                return false;
            }
            closing = reason;
            closingSinceNanos = System.nanoTime();
            if (discard) {
                queue.clear();
            }
            room.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Why we closed, or null when we did not. */
    @Nullable CloseReason closing() {
        return closing;
    }

    /** The connection is gone; frees who waits for room. */
    void ended() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Sends a ping; its pong carries the time it was sent. */
    void ping(long nowNanos) {
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
    void abortIfOverdue(long nowNanos) {
        boolean overdue;
        boolean stuck;
        lock.lock();
        try {
            overdue = closing != null && !closed && nowNanos - lastStepNanos() >= CLOSE_GRACE_NANOS;
            stuck = queue.isOverLimit() && nowNanos - lastWriteNanos >= writeTimeoutNanos;
        } finally {
            lock.unlock();
        }
        if (overdue) {
            socket.abort();
        } else if (stuck) {
            closeNow(CloseReason.SLOW_CONSUMER);
        }
    }

    /**
     * Whether a fragment is on its way and has not been for long: a ping behind it cannot be
     * answered yet.
     */
    boolean isWriting(long nowNanos) {
        lock.lock();
        try {
            return writer.current != null && nowNanos - lastWriteNanos < writeTimeoutNanos;
        } finally {
            lock.unlock();
        }
    }

    /** Towards the end: each fragment that the peer takes is one. */
    private long lastStepNanos() {
        return lastWriteNanos - closingSinceNanos > 0 ? lastWriteNanos : closingSinceNanos;
    }

    /** Drops the TCP connection. */
    void abort() {
        socket.abort();
    }

    /** Writes one message after the other; at most one thread is in {@link #process} at a time. */
    private final class Writer extends IteratingCallback {

        private static final byte[] NOTHING = {};

        private @Nullable Outbound current;
        private byte[] payload = NOTHING;
        private int written;

        @Override
        protected Action process() {
            Outbound message;
            boolean more;
            CloseReason close = null;
            lock.lock();
            try {
                message = nextMessage();
                more = !queue.isEmpty();
                if (message == null && closing != null && !closeSent) {
                    close = closing;
                    closeSent = true;
                }
            } finally {
                lock.unlock();
            }
            if (message != null) {
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
            if (current != null && written == payload.length) {
                done(current);
                current = null;
            }
            if (current == null) {
                current = queue.poll();
                payload = NOTHING;
                written = 0;
            }
            if (current != null) {
                lastWriteNanos = System.nanoTime();
            }
            return current;
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
