package io.springline.websocket;

import io.springline.session.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket: its outbound queue, its life signs and its end.
 *
 * <pre>
 * OPEN ──close(reason)──▶ CLOSING ──queue written──▶ close frame sent ──▶ CLOSED
 *   └──peer or network──────────────────────────────────────────────────────┘
 * </pre>
 *
 * Messages are written by whoever queues one while nobody writes, without blocking; when the
 * network cannot take more, the container's thread goes on as soon as it can. Several waiting
 * messages leave in one write.
 */
final class WebSocketConnection implements Connection {

    /**
     * A client whose queue is over the limit has so long to take the next message, and longer the
     * larger it is: {@link #SLOWEST_BYTES_PER_SECOND}. One that takes longer is too slow.
     */
    static final long SLOW_AFTER_NANOS = 5_000_000_000L;

    static final long SLOWEST_BYTES_PER_SECOND = 64 * 1024;

    /** So long a peer may take to answer a close frame, or to read what is before it. */
    static final long CLOSE_GRACE_NANOS = 2_000_000_000L;

    private final String id;
    private final CoreSession socket;
    private final OutboundQueue queue;
    private final TransportStatistics statistics;
    private final Writer writer = new Writer();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final LifeSigns life;
    private @Nullable CloseReason closing;
    private boolean closeSent;
    private boolean closed;
    private long closeDeadlineNanos;
    private long lastWriteNanos;
    private long patienceNanos = SLOW_AFTER_NANOS;
    private volatile long messagesSent;

    WebSocketConnection(
            String id,
            CoreSession socket,
            long outboundLimitBytes,
            TransportStatistics statistics,
            long nowNanos) {
        this.id = id;
        this.socket = socket;
        this.queue = new OutboundQueue(outboundLimitBytes);
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

    long queuedBytes() {
        lock.lock();
        try {
            return queue.bytes();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void send(Outbound message) {
        lock.lock();
        try {
            if (closing != null || closed) {
                return;
            }
            if (!queue.offer(message)) {
                statistics.dropped(message.kind());
                return;
            }
        } finally {
            lock.unlock();
        }
        writer.iterate();
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        lock.lockInterruptibly();
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
            closeDeadlineNanos = System.nanoTime() + CLOSE_GRACE_NANOS;
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
        lock.lock();
        try {
            return closing;
        } finally {
            lock.unlock();
        }
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

    /** Drops the TCP connection of a peer that has not come to an end with us in time. */
    void abortIfOverdue(long nowNanos) {
        boolean overdue;
        boolean stuck;
        lock.lock();
        try {
            overdue = closing != null && !closed && nowNanos - closeDeadlineNanos >= 0;
            stuck = queue.isOverLimit() && nowNanos - lastWriteNanos >= patienceNanos;
        } finally {
            lock.unlock();
        }
        if (overdue) {
            socket.abort();
        } else if (stuck) {
            closeNow(CloseReason.SLOW_CONSUMER);
        }
    }

    /** Drops the TCP connection. */
    void abort() {
        socket.abort();
    }

    /** Writes one message after the other; at most one thread is in {@link #process} at a time. */
    private final class Writer extends IteratingCallback {

        private @Nullable Outbound current;

        @Override
        protected Action process() {
            Outbound next;
            boolean more;
            CloseReason close = null;
            lock.lock();
            try {
                written();
                next = queue.poll();
                current = next;
                if (next != null) {
                    lastWriteNanos = System.nanoTime();
                    patienceNanos = patience(next.payload().length);
                }
                more = !queue.isEmpty();
                if (next == null && closing != null && !closeSent) {
                    close = closing;
                    closeSent = true;
                }
            } finally {
                lock.unlock();
            }
            if (next != null) {
                // Batched frames leave together, with the first that has nothing behind it.
                Frame frame = new Frame(OpCode.TEXT, ByteBuffer.wrap(next.payload()));
                socket.sendFrame(frame, this, more);
                return Action.SCHEDULED;
            }
            if (close != null) {
                socket.close(close.code(), close.text(), Callback.NOOP);
            }
            return Action.IDLE;
        }

        private static long patience(int bytes) {
            return SLOW_AFTER_NANOS + bytes * 1_000_000_000L / SLOWEST_BYTES_PER_SECOND;
        }

        private void written() {
            Outbound last = current;
            if (last != null) {
                boolean wasOver = queue.isOverLimit();
                queue.written(last);
                messagesSent++;
                statistics.sent();
                if (wasOver && !queue.isOverLimit()) {
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
