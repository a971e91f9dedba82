package io.springline.transport.websocket;

import io.springline.concurrent.StateLock;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A socket of a simulation, with both of its ends. As with Jetty, a write to a socket that was
 * reset reports the end on the thread that writes.
 */
final class SimulatedSocket implements Connection {

    private final String id;
    private final ResumeSimulation world;
    private final ConnectionEnd end;
    private final ArrayDeque<Outbound> queue = new ArrayDeque<>();
    private final ArrayDeque<Runnable> inbound = new ArrayDeque<>();

    /** What the client has received and not looked at. */
    private final List<Outbound> received = new ArrayList<>();

    private boolean reading;
    private boolean reset;
    private boolean ended;
    private @Nullable CloseReason closing;
    private @Nullable McpSession session;
    private boolean byClient;

    SimulatedSocket(String id, ResumeSimulation world) {
        this.id = id;
        this.world = world;
        this.end = new ConnectionEnd(task -> world.spawn(id + " end", task));
    }

    /** Opened, with its plain session. */
    void opened(McpSession plain) {
        session = plain;
        end.finishMessage();
    }

    McpSession session() {
        return java.util.Objects.requireNonNull(session, "session");
    }

    void session(McpSession next) {
        session = next;
    }

    List<Outbound> takeReceived() {
        var taken = List.copyOf(received);
        received.clear();
        return taken;
    }

    boolean isOpen() {
        return !ended && !reset && closing == null;
    }

    boolean hasEnded() {
        return ended;
    }

    /** The client sends a message; it is handled by the strand that reads. */
    void send(Consumer<SimulatedSocket> message) {
        if (!isOpen()) {
            return;
        }
        inbound.add(() -> message.accept(this));
        if (!reading) {
            reading = true;
            world.spawn(id + " reader", this::read);
        }
    }

    private void read() {
        for (Runnable message; (message = inbound.poll()) != null; ) {
            world.point();
            if (end.beginMessage()) {
                try {
                    message.run();
                } finally {
                    end.finishMessage();
                }
            }
        }
        reading = false;
    }

    /** A TCP reset by the client, which the next write or the reader detects. */
    void reset() {
        if (!reset && !ended) {
            reset = true;
            received.clear();
            world.spawn(id + " reset", this::reportEnd);
        }
    }

    /** A close frame of the client, after which it does not reconnect. */
    void leave() {
        if (isOpen()) {
            byClient = true;
            reset();
        }
    }

    private void reportEnd() {
        if (!ended) {
            ended = true;
            queue.clear();
            world.point();
            end.report(() -> world.closed(this, !byClient));
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void enqueue(Outbound message) {
        if (!ended && closing == null) {
            queue.add(message);
        }
    }

    @Override
    public void flush() {
        assert StateLock.noneHeld("write to a socket");
        world.point();
        if (reset) {
            reportEnd();
        } else if (!ended) {
            received.addAll(queue);
            queue.clear();
        }
    }

    @Override
    public void awaitRoom() {}

    @Override
    public long queuedBytes() {
        return 0;
    }

    @Override
    public void close(CloseReason reason) {
        assert StateLock.noneHeld("close of a socket");
        if (closing == null && !ended) {
            flush();
            closing = reason;
            world.spawn(id + " closed", this::reportEnd);
        }
    }
}
