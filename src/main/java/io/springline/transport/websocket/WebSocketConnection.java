package io.springline.transport.websocket;

import io.springline.concurrent.SharedThread;
import io.springline.concurrent.StateLock;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import io.springline.session.limit.Rate;
import io.springline.session.limit.UnreadMemory;
import io.springline.transport.TransportStatistics;
import io.springline.transport.WebSocketProperties;
import io.springline.transport.websocket.jetty.JettySocket;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection: its outbound queue, keep-alive and close. Owns the lock that guards its
 * parts. Thread-safe.
 *
 * <p>The thread that calls {@link #flush} writes without blocking, unless another thread is
 * writing. If more messages are expected at once, a new thread writes them together a moment later.
 * If the network accepts no more, Jetty's thread continues when it can. Several waiting messages
 * leave in one write.
 */
public final class WebSocketConnection implements Connection, UnreadMemory.Holder {

    private final String id;
    private final WebSocketCoreSession socket;
    private final MessageFrames frames;
    private final OutboundQueue queue;
    private final SlowReaderDetector slowReader;
    private final FrameRateLimiter inboundFrames;
    private final TransportStatistics statistics;
    private final Writer writer = new Writer();
    private final StateLock lock = new StateLock();
    private final Condition room = lock.newCondition();
    private final KeepAlive life;
    private final ClosingHandshake closing = new ClosingHandshake();

    /** True if a message is queued and no further one is expected at once. */
    private boolean writeDue;

    /** True if a thread was started that will write. */
    private boolean writeStarted;

    private volatile long messagesSent;
    private volatile @Nullable TrafficTap tap;

    /**
     * @param binary true to send binary messages, false for text messages
     * @param writeTimeoutNanos longest time that one fragment may take while the queue is over its
     *     limit; a slower client is disconnected
     */
    WebSocketConnection(
            String id,
            JettySocket socket,
            boolean binary,
            long outboundLimitBytes,
            UnreadMemory.Account unread,
            long writeTimeoutNanos,
            FrameRateLimiter inboundFrames,
            TransportStatistics statistics,
            long nowNanos) {
        this.id = id;
        this.socket = socket.core();
        this.frames = new MessageFrames(binary ? OpCode.BINARY : OpCode.TEXT, socket.deflate());
        this.queue = new OutboundQueue(outboundLimitBytes, unread);
        unread.heldBy(this);
        this.slowReader = new SlowReaderDetector(writeTimeoutNanos, nowNanos);
        this.inboundFrames = inboundFrames;
        this.statistics = statistics;
        this.life = new KeepAlive(nowNanos);
    }

    /** Creates a connection of text messages, outside of MCP sessions. */
    public static WebSocketConnection ofText(
            JettySocket socket,
            WebSocketProperties properties,
            Rate rate,
            UnreadMemory.Account unread,
            TransportStatistics statistics) {
        long now = System.nanoTime();
        return new WebSocketConnection(
                UUID.randomUUID().toString(),
                socket,
                false,
                properties.outboundBufferSize().toBytes(),
                unread,
                properties.writeTimeout().toNanos(),
                new FrameRateLimiter(rate, now),
                statistics,
                now);
    }

    @Override
    public String id() {
        return id;
    }

    KeepAlive life() {
        return life;
    }

    /** Records that a message has arrived: the peer is alive. */
    public void received() {
        life.received();
    }

    /** Records a pong. */
    public void pong(ByteBuffer payload, long nowNanos) {
        if (life.pong(payload, nowNanos)) {
            statistics.roundTrip(life.roundTripNanos());
        }
    }

    long messagesSent() {
        return messagesSent;
    }

    /** Returns the tap of this connection, or null for none. */
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
            if (!closing.isOpen()) {
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
            now = writeDue || SharedThread.isCurrent();
            writeDue = false;
            if (!now) {
                if (writeStarted || queue.isEmpty()) {
                    return;
                }
                writeStarted = true;
            }
        }
        if (now) {
            SharedThread.defer(writer);
            return;
        }
        // It starts behind the handlers that are ready, so that their answers share its write.
        Thread.startVirtualThread(this::writeWhatIsReady);
    }

    private void writeWhatIsReady() {
        try (var _ = lock.hold()) {
            writeStarted = false;
        }
        writer.run();
    }

    @Override
    public boolean isWritable() {
        return queue.isShort();
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        if (!queue.isOverLimit()) {
            return;
        }
        assert SharedThread.mayBlock("for room in the queue of a connection");
        try (var _ = lock.hold()) {
            while (queue.isOverLimit() && closing.isOpen()) {
                room.await();
            }
        }
    }

    @Override
    public void countedBySession() {
        queue.uncounted();
    }

    @Override
    public long unreadSinceNanos() {
        return slowReader.unreadSinceNanos();
    }

    @Override
    public void discardUnread() {
        closeNow(CloseReason.SLOW_CONSUMER);
    }

    @Override
    public void roomAgain() {
        try (var _ = lock.hold()) {
            room.signalAll();
        }
    }

    @Override
    public void close(CloseReason reason) {
        if (startClosing(reason)) {
            writer.run();
        }
    }

    /** Closes the connection without writing what is queued, since the peer would not read it. */
    void closeNow(CloseReason reason) {
        try (var _ = lock.hold()) {
            if (!startClosing(reason)) {
                return;
            }
            queue.clear();
        }
        writer.run();
    }

    private boolean startClosing(CloseReason reason) {
        try (var _ = lock.hold()) {
            if (!closing.isOpen()) {
                return false;
            }
            // Before the state changes, which other threads read without the lock.
            slowReader.recordClosing(System.nanoTime());
            closing.begin(reason);
            room.signalAll();
            return true;
        }
    }

    /** Returns the reason for which this server closed the connection, or null if it did not. */
    public @Nullable CloseReason closing() {
        return closing.reason();
    }

    /** Returns true unless the connection is closing or has ended. */
    boolean isOpen() {
        return closing.isOpen();
    }

    /** Marks the connection as ended, and wakes threads that wait for room. Calls no other code. */
    public void ended() {
        try (var _ = lock.hold()) {
            closing.end();
            queue.clear();
            queue.uncounted();
            room.signalAll();
        }
    }

    /** Sends a ping whose payload is the time; the pong returns it. */
    void ping(long nowNanos) {
        assert StateLock.noneHeld("ping");
        if (life.pinged(nowNanos)) {
            ByteBuffer payload = ByteBuffer.allocate(Long.BYTES).putLong(0, nowNanos);
            Callback written = Callback.from(life::pingWritten);
            socket.sendFrame(new Frame(OpCode.PING, payload), written, false);
        }
    }

    /** Closes the connection if its client sends too many frames, such as pings and fragments. */
    void closeIfFlooding(long nowNanos) {
        var incoming = socket.getConnection();
        if (inboundFrames.recordAndCheck(
                incoming.getMessagesIn(), incoming.getBytesIn(), nowNanos)) {
            closeNow(CloseReason.RATE_LIMIT);
        }
    }

    /**
     * Closes or aborts a connection that is too slow: aborts it if its close does not progress, and
     * closes it with 1013 if the client does not read what is over the queue's limit.
     */
    public void abortIfOverdue(long nowNanos) {
        if (closing.isInProgress() && slowReader.isCloseOverdue(nowNanos)) {
            abort();
        } else if (queue.isOverLimit() && slowReader.isTooSlow(nowNanos)) {
            closeNow(CloseReason.SLOW_CONSUMER);
        }
    }

    /** See {@link SlowReaderDetector#isWriting}. */
    boolean isWriting(long nowNanos) {
        return slowReader.isWriting(nowNanos);
    }

    /** Aborts the TCP connection. */
    public void abort() {
        assert StateLock.noneHeld("abort of a socket");
        socket.abort();
    }

    /** Writes the queued messages. At most one thread is in {@link #process} at a time. */
    private final class Writer extends IteratingCallback implements Runnable {

        private @Nullable Outbound current;

        /** Writes what is queued. If that fails, Jetty ends the connection on this thread. */
        @Override
        public void run() {
            assert StateLock.noneHeld("write to a socket");
            iterate();
        }

        @Override
        protected Action process() {
            Outbound message;
            boolean more;
            CloseReason close = null;
            try (var _ = lock.hold()) {
                message = nextMessage();
                more = !queue.isEmpty();
                if (message == null) {
                    close = closing.takeFrame();
                }
            }
            if (message != null) {
                TrafficTap watching = tap;
                if (watching != null && frames.isAtStart()) {
                    assert StateLock.noneHeld("traffic log");
                    watching.sent(message.payload());
                }
                Frame frame = frames.next(message);
                // Batched frames are written together with the first frame that is not batched.
                socket.sendFrame(frame, this, more && frame.isFin());
                return Action.SCHEDULED;
            }
            if (close != null) {
                socket.close(close.code(), close.text(), Callback.NOOP);
            }
            return Action.IDLE;
        }

        /**
         * Returns the message to write, after the current one is complete; null if the queue is
         * empty.
         */
        private @Nullable Outbound nextMessage() {
            Outbound next = current;
            if (next != null && frames.isAtEnd()) {
                done(next);
                next = null;
            }
            if (next == null) {
                next = queue.poll();
                frames.restart();
            }
            if (next == null) {
                slowReader.recordIdle();
            } else {
                slowReader.recordWrite(System.nanoTime());
            }
            current = next;
            return next;
        }

        private void done(Outbound message) {
            boolean wasOver = queue.isOverLimit();
            queue.written(message);
            messagesSent++;
            statistics.sent();
            if (wasOver) {
                // While the client is over the limit, nothing is read from it, so a completed write
                // counts as a sign that it is alive.
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
