package io.springline.transport.websocket.jetty;

import io.springline.concurrent.SharedThread;
import io.springline.transport.handshake.Handshake;
import io.springline.transport.websocket.jetty.NonBlockingHandler.BlockingWork;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import org.eclipse.jetty.websocket.core.exception.ProtocolException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;

/**
 * Converts between Jetty's frames and Spring's messages: joins fragments up to the size limit,
 * inflates, checks UTF-8, and answers pings. Jetty calls it with one frame at a time, and reads the
 * next one after the handler has returned and a pong is written. Messages are sent through {@link
 * #core}.
 */
public final class JettySocket implements FrameHandler, WebSocketSession {

    /**
     * The most messages of one connection that the selector's thread serves in a row: the other
     * connections of that selector wait meanwhile.
     */
    private static final int MESSAGES_OF_A_WAKE_UP = 16;

    /** The longest message that the selector's thread serves. */
    private static final int SHORT_BYTES = 4096;

    private final WebSocketHandler handler;
    private final long maxMessageSize;
    private final Map<String, Object> attributes;
    private final @Nullable String subprotocol;
    private final @Nullable MessageDeflate deflate;
    private final @Nullable NonBlockingHandler selectorHandler;
    private final InlineExecutor calls = new InlineExecutor();

    /** The number of messages that the selector's thread may still serve in this wake-up. */
    private int budget;

    /**
     * Whether the last reading ended within a frame, which may be large: it is read on a virtual
     * thread then.
     */
    private volatile boolean withinFrame;

    /** The virtual thread that has taken over the reading, while it serves a message. */
    private volatile @Nullable Thread reader;

    private @Nullable WebSocketCoreSession core;
    private @Nullable ByteArrayOutputStream fragments;
    private byte opCode;
    private boolean compressed;

    /**
     * @param deflate null if compression was not negotiated
     */
    JettySocket(
            WebSocketHandler handler,
            long maxMessageSize,
            @Nullable String subprotocol,
            @Nullable MessageDeflate deflate,
            Map<String, Object> attributes) {
        this.handler = handler;
        this.selectorHandler =
                WebSocketHandlerDecorator.unwrap(handler) instanceof NonBlockingHandler able
                        ? able
                        : null;
        this.maxMessageSize = maxMessageSize;
        this.attributes = attributes;
        this.subprotocol = subprotocol;
        this.deflate = deflate;
    }

    /** Returns what compresses outbound messages, or null if compression was not negotiated. */
    public @Nullable MessageDeflate deflate() {
        return deflate;
    }

    /** Returns the executor of the connection's calls. */
    public InlineExecutor calls() {
        return calls;
    }

    /** Returns Jetty's frame API. Only after the connection has opened. */
    public WebSocketCoreSession core() {
        return Objects.requireNonNull(core, "not open yet");
    }

    @Override
    public void onOpen(CoreSession session, Callback callback) {
        core = (WebSocketCoreSession) session;
        try {
            handler.afterConnectionEstablished(this);
            callback.succeeded();
            session.demand();
        } catch (Exception e) {
            callback.failed(e);
        }
    }

    /**
     * Lets the selector's thread read.
     *
     * @param off reads on a virtual thread, in the middle of a frame
     */
    void readOnSelector(Runnable reading, Runnable off) {
        if (withinFrame) {
            Thread.startVirtualThread(off);
            return;
        }
        budget = MESSAGES_OF_A_WAKE_UP;
        withinFrame = true;
        SharedThread.run(() -> {
            reading.run();
            calls.more();
        });
    }

    /** Continues reading, on this thread if it has served a message off the selector. */
    void readOn(Runnable reading) {
        if (reader == Thread.currentThread()) {
            reading.run();
        } else {
            Thread.startVirtualThread(reading);
        }
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        withinFrame = false;
        calls.more();
        // Jetty reads on behind a close frame, which must be answered before.
        if (!SharedThread.isCurrent() || frame.getOpCode() == OpCode.CLOSE) {
            serve(frame, callback);
        } else if (selectorHandler == null || budget == 0 || !isShortText(frame)) {
            serveOffSelector(callback, () -> serve(frame, callback));
        } else {
            budget--;
            serveOnSelector(selectorHandler, frame, callback);
        }
    }

    private static boolean isShortText(Frame frame) {
        return frame.getOpCode() == OpCode.TEXT
                && frame.isFin()
                && !frame.isRsv1()
                && frame.getPayloadLength() <= SHORT_BYTES;
    }

    private void serveOnSelector(
            NonBlockingHandler selectorHandler, Frame frame, Callback callback) {
        BlockingWork rest;
        try {
            Utf8Message message = text(bytes(frame.getPayload()));
            rest = selectorHandler.handleWithoutBlocking(this, message);
        } catch (Throwable e) {
            callback.failed(e);
            return;
        }
        if (rest == null) {
            callback.succeeded();
            core().demand();
        } else {
            serveOffSelector(callback, () -> finish(rest, callback));
        }
    }

    /** Serves a message on a virtual thread, which then reads on. */
    private void serveOffSelector(Callback callback, Runnable service) {
        Thread.startVirtualThread(() -> {
            reader = Thread.currentThread();
            try {
                service.run();
            } catch (Throwable e) {
                callback.failed(e); // Jetty closes the connection
            }
            if (reader == Thread.currentThread()) {
                reader = null;
            }
        });
    }

    private void serve(Frame frame, Callback callback) {
        switch (frame.getOpCode()) {
            case OpCode.TEXT, OpCode.BINARY, OpCode.CONTINUATION ->
                    finish(() -> data(frame), callback);
            case OpCode.PING -> pong(frame, callback);
            case OpCode.PONG ->
                    finish(
                            () ->
                                    handler.handleMessage(
                                            this, new PongMessage(frame.getPayload().slice())),
                            callback);
            default -> callback.succeeded();
        }
    }

    private void finish(BlockingWork service, Callback callback) {
        try {
            service.run();
        } catch (Throwable e) {
            callback.failed(e);
            return;
        }
        callback.succeeded();
        core().demand();
    }

    /**
     * Answers a ping. The next frame is read once the pong is written, so that a client which does
     * not read its pongs has at most one of them waiting.
     */
    private void pong(Frame ping, Callback callback) {
        var pong = new Frame(OpCode.PONG, ByteBuffer.wrap(bytes(ping.getPayload())));
        callback.succeeded();
        // The pong may be written on this thread, which must not serve messages meanwhile.
        reader = null;
        core().sendFrame(pong, Callback.from(core()::demand), false);
    }

    private void data(Frame frame) throws Exception {
        if (frame.getOpCode() != OpCode.CONTINUATION) {
            opCode = frame.getOpCode();
            compressed = frame.isRsv1();
        } else if (frame.isRsv1()) {
            throw new ProtocolException("RSV1 in a continuation");
        }
        boolean whole = frame.isFin() && fragments == null;
        if (whole) {
            deliver(bytes(frame.getPayload()));
            return;
        }
        if (fragments == null) {
            fragments = new ByteArrayOutputStream(0);
        }
        if (fragments.size() + frame.getPayloadLength() > maxMessageSize) {
            fragments = null;
            throw new MessageTooLargeException("message too big");
        }
        fragments.writeBytes(bytes(frame.getPayload()));
        if (frame.isFin()) {
            byte[] message = fragments.toByteArray();
            fragments = null;
            deliver(message);
        }
    }

    private void deliver(byte[] payload) throws Exception {
        byte[] message = compressed && deflate != null ? deflate.inflate(payload) : payload;
        if (opCode == OpCode.BINARY) {
            handler.handleMessage(this, new BinaryMessage(message));
        } else {
            handler.handleMessage(this, text(message));
        }
    }

    private static Utf8Message text(byte[] message) {
        if (!Utf8.isValid(message)) {
            throw new BadPayloadException("not UTF-8");
        }
        return new Utf8Message(message);
    }

    private static byte[] bytes(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        return bytes;
    }

    @Override
    public void onError(Throwable cause, Callback callback) {
        try {
            handler.handleTransportError(this, cause);
            callback.succeeded();
        } catch (Exception e) {
            callback.failed(e);
        }
    }

    @Override
    public void onClosed(org.eclipse.jetty.websocket.core.CloseStatus status, Callback callback) {
        fragments = null;
        try {
            handler.afterConnectionClosed(
                    this, new CloseStatus(status.getCode(), status.getReason()));
            callback.succeeded();
        } catch (Exception e) {
            callback.failed(e);
        }
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    @Override
    public @Nullable String getAcceptedProtocol() {
        return subprotocol;
    }

    @Override
    public @Nullable InetSocketAddress getRemoteAddress() {
        return core().getRemoteAddress() instanceof InetSocketAddress address ? address : null;
    }

    @Override
    public @Nullable InetSocketAddress getLocalAddress() {
        return core().getLocalAddress() instanceof InetSocketAddress address ? address : null;
    }

    @Override
    public boolean isOpen() {
        return core != null && core.isOutputOpen();
    }

    @Override
    public void close() {
        close(CloseStatus.NORMAL);
    }

    @Override
    public void close(CloseStatus status) {
        core().close(status.getCode(), status.getReason(), Callback.NOOP);
    }

    @Override
    public String getId() {
        return Integer.toHexString(System.identityHashCode(this));
    }

    @Override
    public List<WebSocketExtension> getExtensions() {
        return List.of();
    }

    @Override
    public @Nullable URI getUri() {
        return core().getRequestURI();
    }

    @Override
    public @Nullable Principal getPrincipal() {
        return Handshake.caller(attributes);
    }

    /** Returns no headers. The handshake put what is needed of them into the attributes. */
    @Override
    public HttpHeaders getHandshakeHeaders() {
        return HttpHeaders.EMPTY;
    }

    @Override
    public int getTextMessageSizeLimit() {
        return (int) maxMessageSize;
    }

    @Override
    public int getBinaryMessageSizeLimit() {
        return (int) maxMessageSize;
    }

    @Override
    public void setTextMessageSizeLimit(int limit) {
        throw new UnsupportedOperationException(
                "set springline.websocket.max-message-size instead");
    }

    @Override
    public void setBinaryMessageSizeLimit(int limit) {
        setTextMessageSizeLimit(limit);
    }

    @Override
    public void sendMessage(WebSocketMessage<?> message) {
        throw new UnsupportedOperationException("use WebSocketConnection to send messages");
    }
}
