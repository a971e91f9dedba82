package io.springline.testing;

import io.springline.concurrent.StateLock;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection that goes nowhere: what the server sends can be taken out, in order. */
public final class RecordingConnection implements Connection {

    private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
    private final String id;
    private volatile @Nullable CloseReason closed;
    private boolean reads = true;
    private volatile long queued;
    private volatile boolean written = true;
    private volatile boolean countedBySession;
    private volatile Runnable onClose = () -> {};

    public RecordingConnection() {
        this("recording");
    }

    public RecordingConnection(String id) {
        this.id = id;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void enqueue(Outbound message) {
        written = false;
        sent.add(new String(message.payload(), StandardCharsets.UTF_8));
    }

    @Override
    public void flush() {
        assert StateLock.noneHeld("write to a socket");
        written = true;
    }

    /** Returns false if messages were queued and not written. */
    public boolean isWritten() {
        return written;
    }

    @Override
    public void countedBySession() {
        countedBySession = true;
    }

    public boolean isCountedBySession() {
        return countedBySession;
    }

    @Override
    public synchronized boolean isWritable() {
        return reads && queued == 0;
    }

    @Override
    public synchronized void awaitRoom() throws InterruptedException {
        while (!reads) {
            wait();
        }
    }

    /** Lets handlers wait for room until {@link #startReading}. */
    public synchronized void stopReading() {
        reads = false;
    }

    public synchronized void startReading() {
        reads = true;
        notifyAll();
    }

    @Override
    public long queuedBytes() {
        return queued;
    }

    /** Pretends that earlier messages wait to be written. */
    public void queue(long bytes) {
        queued = bytes;
    }

    @Override
    public void close(CloseReason reason) {
        assert StateLock.noneHeld("close of a socket");
        closed = reason;
        onClose.run();
    }

    /** Lets {@link #close} also run this. */
    public void onClose(Runnable action) {
        onClose = action;
    }

    public @Nullable CloseReason closed() {
        return closed;
    }

    /** The next message, or null when none comes in time. */
    public @Nullable String next(long millis) throws InterruptedException {
        return sent.poll(millis, TimeUnit.MILLISECONDS);
    }
}
