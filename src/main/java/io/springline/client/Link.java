package io.springline.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection with blocking reads and writes. Reads ahead a megabyte, so that pings
 * are answered while a message is dealt with. One thread reads; any may write.
 */
final class Link {

    /** What comes out of a connection: messages, then one end. */
    sealed interface Event {

        record Text(String text) implements Event {}

        /**
         * @param code of the close frame, or {@link CloseCodes#ABNORMAL}
         */
        record End(int code, String reason) implements Event {}
    }

    /** The server has answered, but not with an upgrade. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient Verdict verdict;

        RefusedException(Verdict verdict) {
            super(verdict.toString());
            this.verdict = verdict;
        }

        Verdict verdict() {
            return verdict;
        }
    }

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Longer messages leave in fragments of so many characters, with room for pings between. */
    private static final int FRAGMENT = 128 * 1024;

    private static final int READ_AHEAD = 1 << 20;

    private final int maxMessageSize;
    private final LongConsumer arrived;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicLong frames = new AtomicLong();
    private final ReentrantLock writing = new ReentrantLock();
    private final WebSocket socket;

    private final Object demand = new Object();
    private int ahead;
    private boolean heldBack;

    private volatile CompletableFuture<?> ping = CompletableFuture.completedFuture(null);

    /**
     * Connects, and offers the subprotocol {@code mcp}.
     *
     * @param token for the {@code Authorization} header
     * @param maxMessageSize in characters; a longer message ends the connection
     * @param arrived is told the position of each ping that was answered
     * @throws RefusedException when the server answers with another status than 101
     * @throws IOException when it does not answer
     */
    Link(
            URI uri,
            @Nullable String token,
            Duration timeout,
            int maxMessageSize,
            LongConsumer arrived)
            throws IOException, InterruptedException {
        this.maxMessageSize = maxMessageSize;
        this.arrived = arrived;
        WebSocket.Builder builder =
                HTTP.newWebSocketBuilder().connectTimeout(timeout).subprotocols("mcp");
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        var opening = builder.buildAsync(uri, new Listener());
        try {
            // the timeout of the builder is of the handshake alone
            socket = opening.get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            opening.cancel(true);
            throw new IOException("no answer to the upgrade within " + timeout);
        } catch (InterruptedException e) {
            opening.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    private static IOException failure(@Nullable Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused && refused.getResponse() != null) {
            var response = refused.getResponse();
            return new RefusedException(
                    CloseCodes.ofStatus(response.statusCode(), response.headers()));
        }
        return new IOException("cannot connect: " + why(cause), cause);
    }

    private static String why(@Nullable Throwable cause) {
        if (cause == null) {
            return "unknown";
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    /** The next event; after an end there is none. */
    Event read() throws InterruptedException {
        return taken(events.take());
    }

    /** The next event, or null when none comes in time. */
    @Nullable Event read(Duration patience) throws InterruptedException {
        Event event = events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        return event == null ? null : taken(event);
    }

    private Event taken(Event event) {
        if (event instanceof Event.Text(var text)) {
            synchronized (demand) {
                ahead -= text.length();
                if (heldBack && ahead < READ_AHEAD) {
                    heldBack = false;
                    socket.request(1);
                }
            }
        }
        return event;
    }

    /**
     * Writes one message.
     *
     * @throws IOException when the connection has ended
     */
    void send(String text) throws IOException, InterruptedException {
        writing.lockInterruptibly();
        try {
            int from = 0;
            do {
                int to = Math.min(text.length(), from + FRAGMENT);
                if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                    to--;
                }
                await(socket.sendText(text.substring(from, to), to == text.length()));
                from = to;
            } while (from < text.length());
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
                abort(why(e.getCause()));
                throw new IOException("the connection has ended", e.getCause());
            }
        }
    }

    /** Sends a ping that carries a position, unless the one before is still on its way out. */
    void ping(long position) {
        synchronized (ended) {
            if (ping.isDone()) {
                ping = socket.sendPing(ByteBuffer.allocate(Long.BYTES).putLong(0, position));
            }
        }
    }

    /** Counts all frames that have come in. */
    long frames() {
        return frames.get();
    }

    /** Whether silence is our own doing: what has come in is not dealt with yet. */
    boolean isHeldBack() {
        synchronized (demand) {
            return heldBack;
        }
    }

    /** Whether the connection ends within this time. */
    boolean awaitEnd(Duration patience) throws InterruptedException {
        return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Starts the closing handshake; the end comes when the server has answered. */
    void close(int code, String reason) {
        socket.sendClose(code, reason);
    }

    /** Drops the connection. The first reason counts. */
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

    private final class Listener implements WebSocket.Listener {

        private final StringBuilder message = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence data, boolean last) {
            frames.incrementAndGet();
            if (data.length() > maxMessageSize - message.length()) {
                refuse(
                        from,
                        CloseCodes.TOO_BIG,
                        "a message of more than %d characters".formatted(maxMessageSize));
                return null;
            }
            message.append(data);
            if (!last) {
                from.request(1);
                return null;
            }
            String text = message.toString();
            message.setLength(0);
            if (text.length() >= READ_AHEAD / 4) {
                message.trimToSize();
            }
            synchronized (demand) {
                ahead += text.length();
                heldBack = ahead >= READ_AHEAD;
                events.add(new Event.Text(text));
                if (!heldBack) {
                    from.request(1);
                }
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket from, ByteBuffer data, boolean last) {
            refuse(from, CloseCodes.UNSUPPORTED_DATA, "a binary message");
            return null;
        }

        private void refuse(WebSocket from, int code, String what) {
            end(code, "the server sent " + what);
            from.sendClose(code, what).whenComplete((_, _) -> from.abort());
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer data) {
            frames.incrementAndGet();
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer data) {
            frames.incrementAndGet();
            if (data.remaining() == Long.BYTES) {
                arrived.accept(data.getLong());
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            end(code, reason);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            end(CloseCodes.ABNORMAL, "connection broken: " + why(error));
        }
    }
}
