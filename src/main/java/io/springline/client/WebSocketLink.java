package io.springline.client;

import io.springline.jsonrpc.DurationText;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.client.CoreClientUpgradeRequest;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection with blocking reads and writes. Reads up to 1 MB ahead, so that pings
 * are answered while the application processes a message. One thread reads; any thread may write.
 */
final class WebSocketLink {

    /** What {@link #read} returns: messages, then one {@link End}. */
    sealed interface Event {

        /** An encoded message. */
        record Message(byte[] bytes) implements Event {}

        /**
         * The end of the connection.
         *
         * @param code the close code, or {@link CloseCodes#ABNORMAL}
         */
        record End(int code, String reason) implements Event {}
    }

    /** The server has responded to the upgrade with another status than 101. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient ReconnectDecision decision;

        RefusedException(ReconnectDecision decision) {
            super(decision.toString());
            this.decision = decision;
        }

        ReconnectDecision decision() {
            return decision;
        }
    }

    /** The maximum size of an outbound fragment, so that pings are sent between the fragments. */
    private static final int FRAGMENT = 64 * 1024;

    private static final int READ_AHEAD = 1 << 20;

    private static final Duration ROOM_CHECK = Duration.ofSeconds(1);

    private static final String JSON = "mcp";
    private static final String CBOR = "mcp.cbor";

    /** Both peers compress each message separately. */
    private static final String DEFLATE =
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    private final int maxMessageSize;
    private final LongConsumer arrived;
    private final ListenerThread listener;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicLong frames = new AtomicLong();
    private final ReentrantLock writing = new ReentrantLock();
    private final CoreSession socket;
    private final JsonRpcCodec codec;

    private final Object demand = new Object();
    private int ahead;
    private boolean heldBack;

    private volatile boolean pinging;

    /**
     * Connects. Offers the subprotocol {@code mcp}, and according to the settings {@code mcp.cbor}
     * and compression. Blocks for at most twice the connect timeout.
     *
     * @param json the codec if the server selects {@code mcp} or no subprotocol
     * @param cbor the codec if the server selects {@code mcp.cbor}
     * @param token the bearer token, or null
     * @param arrived receives the position of each ping whose pong arrives
     * @param listener gets the calls for the messages that are read
     * @throws RefusedException if the server responds with another status than 101
     * @throws IOException if the server cannot be reached or does not respond in time
     */
    WebSocketLink(
            Settings settings,
            JsonRpcCodec json,
            JsonRpcCodec cbor,
            @Nullable String token,
            LongConsumer arrived,
            ListenerThread listener)
            throws IOException, InterruptedException {
        this.maxMessageSize = settings.maxMessageSize();
        this.arrived = arrived;
        this.listener = listener;
        Duration timeout = settings.connectTimeout();
        var request =
                CoreClientUpgradeRequest.from(
                        WebSockets.SHARED.client(settings.uri()), settings.uri(), new Handler());
        request.setSubProtocols(settings.binary() ? List.of(CBOR, JSON) : List.of(JSON));
        if (settings.compression()) {
            request.addExtensions(DEFLATE);
        }
        request.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        request.setConfiguration(WebSockets.settings());
        if (token != null) {
            request.headers(headers -> headers.put("Authorization", "Bearer " + token));
        }
        var refusal = new UpgradeRefusal();
        request.addListener(refusal);
        CompletableFuture<CoreSession> opening = request.sendAsync();
        try {
            // the request has its own timeout, which does not cover every step
            socket = opening.get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            opening.cancel(true);
            throw new IOException(
                    "no answer to the WebSocket upgrade within "
                            + DurationText.ofMillis(2 * timeout.toMillis()));
        } catch (InterruptedException e) {
            opening.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            ReconnectDecision decision = refusal.decision();
            throw decision == null
                    ? new IOException("cannot connect: " + WebSockets.reason(e), e)
                    : new RefusedException(decision);
        }
        codec = isBinary(socket) ? cbor : json;
    }

    private static boolean isBinary(CoreSession socket) {
        return CBOR.equals(socket.getNegotiatedSubProtocol());
    }

    /** Returns the negotiated codec, for both directions. */
    JsonRpcCodec codec() {
        return codec;
    }

    /**
     * Returns the next event. Blocks until there is one, and while the listener has no room. Must
     * not be called after the end.
     */
    Event read() throws InterruptedException {
        while (!ending.get() && !listener.awaitRoom(ROOM_CHECK)) {
            // after the end, little is left to read
        }
        return taken(events.take());
    }

    /** Returns the next event, as {@link #read()}, or null after up to twice the timeout. */
    @Nullable Event read(Duration timeout) throws InterruptedException {
        if (!listener.awaitRoom(timeout) && !ending.get()) {
            return null;
        }
        Event event = events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
        return event == null ? null : taken(event);
    }

    private Event taken(Event event) {
        if (event instanceof Event.Message(var bytes)) {
            listener.count(bytes.length);
            synchronized (demand) {
                ahead -= bytes.length;
                if (heldBack && ahead < READ_AHEAD) {
                    heldBack = false;
                    socket.demand();
                }
            }
        }
        return event;
    }

    /**
     * Writes one message. Blocks until it is written.
     *
     * @throws IOException if the connection has ended
     */
    void send(byte[] message) throws IOException, InterruptedException {
        writing.lockInterruptibly();
        try {
            byte first = codec.isBinary() ? OpCode.BINARY : OpCode.TEXT;
            int from = 0;
            do {
                int length = Math.min(FRAGMENT, message.length - from);
                var part = ByteBuffer.wrap(message, from, length).slice();
                byte opcode = from == 0 ? first : OpCode.CONTINUATION;
                from += length;
                var written = new Callback.Completable();
                socket.sendFrame(new Frame(opcode, from == message.length, part), written, false);
                await(written);
            } while (from < message.length);
        } finally {
            writing.unlock();
        }
    }

    private void await(CompletableFuture<?> write) throws IOException, InterruptedException {
        while (true) {
            try {
                write.get(1, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                if (ending.get()) {
                    throw new IOException("the connection has ended");
                }
            } catch (ExecutionException e) {
                throw new IOException(
                        "the connection has ended: " + WebSockets.reason(e), e.getCause());
            }
        }
    }

    /** Sends a ping with a position as payload, unless the previous ping is still being written. */
    void ping(long position) {
        if (!pinging) {
            pinging = true;
            var payload = ByteBuffer.allocate(Long.BYTES).putLong(0, position);
            socket.sendFrame(
                    new Frame(OpCode.PING, payload), Callback.from(() -> pinging = false), false);
        }
    }

    /** Returns the number of received frames. */
    long frames() {
        return frames.get();
    }

    /** Returns true if reading is paused because 1 MB of received messages is not processed yet. */
    boolean isHeldBack() {
        synchronized (demand) {
            return heldBack;
        }
    }

    /** Blocks until the connection has ended. Returns false after the timeout. */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Starts the closing handshake. The connection ends when the server responds. */
    void close(int code, String reason) {
        socket.close(code, reason, Callback.NOOP);
    }

    /** Drops the connection without a closing handshake. Has no effect after the end. */
    void abort(String reason) {
        end(CloseCodes.ABNORMAL, reason);
        socket.abort();
    }

    private void end(int code, String reason) {
        if (ending.compareAndSet(false, true)) {
            events.add(new Event.End(code, reason));
            ended.countDown();
        }
    }

    private final class Handler implements FrameHandler {

        private final ByteArrayOutputStream message = new ByteArrayOutputStream();
        private final Pongs pongs = new Pongs();
        private @Nullable CoreSession opened;
        private boolean binary;

        @Override
        public void onOpen(CoreSession session, Callback callback) {
            opened = session;
            binary = isBinary(session);
            callback.succeeded();
            session.demand();
        }

        @Override
        public void onFrame(Frame frame, Callback callback) {
            frames.incrementAndGet();
            boolean more =
                    switch (frame.getOpCode()) {
                        case OpCode.TEXT -> expected(frame, !binary, "a text message");
                        case OpCode.BINARY -> expected(frame, binary, "a binary message");
                        case OpCode.CONTINUATION -> append(frame);
                        case OpCode.PING -> sendPong(frame);
                        case OpCode.PONG -> receivePong(frame);
                        case OpCode.CLOSE -> {
                            CloseStatus status = CloseStatus.getCloseStatus(frame);
                            String reason = status.getReason();
                            end(status.getCode(), reason == null ? "" : reason);
                            yield false;
                        }
                        default -> true;
                    };
            callback.succeeded();
            CoreSession session = opened;
            if (more && session != null) {
                session.demand();
            }
        }

        private boolean expected(Frame frame, boolean isRight, String what) {
            return isRight ? append(frame) : refuse(CloseCodes.UNSUPPORTED_DATA, what);
        }

        /** Adds a frame to the message. Returns true if the next frame can be read now. */
        private boolean append(Frame frame) {
            if (frame.getPayloadLength() > maxMessageSize - message.size()) {
                return refuse(
                        CloseCodes.TOO_BIG,
                        "a message of more than %d bytes".formatted(maxMessageSize));
            }
            byte[] part = new byte[frame.getPayloadLength()];
            frame.getPayload().duplicate().get(part);
            message.writeBytes(part);
            if (!frame.isFin()) {
                return true;
            }
            byte[] bytes = message.toByteArray();
            message.reset();
            synchronized (demand) {
                ahead += bytes.length;
                heldBack = ahead >= READ_AHEAD;
                events.add(new Event.Message(bytes));
                return !heldBack;
            }
        }

        private boolean sendPong(Frame ping) {
            CoreSession session = opened;
            if (session != null) {
                pongs.answer(ping, session);
            }
            return true;
        }

        private boolean receivePong(Frame pong) {
            if (pong.getPayloadLength() == Long.BYTES) {
                arrived.accept(pong.getPayload().duplicate().getLong());
            }
            return true;
        }

        private boolean refuse(int code, String what) {
            end(code, "the server sent " + what);
            CoreSession session = opened;
            if (session != null) {
                session.close(code, what, Callback.from(session::abort));
            }
            return false;
        }

        @Override
        public void onError(Throwable cause, Callback callback) {
            end(CloseCodes.ABNORMAL, "the connection broke: " + WebSockets.reason(cause));
            callback.succeeded();
        }

        @Override
        public void onClosed(CloseStatus status, Callback callback) {
            String reason = status.getReason();
            end(CloseCodes.ABNORMAL, reason == null ? "" : reason);
            callback.succeeded();
        }
    }
}
