package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The response to one HTTP request: one JSON document if it consists of answers only, else an event
 * stream. Thread-safe: any thread queues messages, and {@link #serve} writes them on the thread of
 * the request.
 *
 * <pre>
 * UNDECIDED ──all answers are there──▶ JSON
 *     └──another message, or {@code stream-after} has passed──▶ EVENTS
 * </pre>
 */
public final class ResponseStream implements UnreadMemory.Holder {

    /** The form of the response. */
    public enum Format {
        UNDECIDED,
        JSON,
        EVENTS
    }

    private record Queued(Outbound message, @Nullable String eventId, boolean isAnswer) {}

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    /** Bytes that a queued message counts in addition to its payload. */
    private static final int OVERHEAD_BYTES = 64;

    private final HttpServletResponse response;
    private final StreamSettings settings;
    private final Connection connection;
    private final ArrayDeque<Queued> queue = new ArrayDeque<>();
    private final Set<RequestId> awaited;
    private final boolean endless;
    private final UnreadMemory.Account unread;
    private Format format;
    private boolean closing;
    private boolean closed;
    private @Nullable String idPrefix;
    private @Nullable String firstEventId;
    private int retryMillis;
    private boolean eventWritten;
    private volatile long bytes;
    private volatile long overLimitSince;
    private volatile long unreadSinceNanos = System.nanoTime();
    private volatile boolean writing;

    /**
     * @param awaited the requests whose answers the response contains. If empty, it is a stream
     *     that ends when it is {@linkplain #close closed}
     * @param connection the TCP connection of the response
     * @param unread counts what the client has not read
     */
    public ResponseStream(
            HttpServletResponse response,
            StreamSettings settings,
            Format format,
            Collection<RequestId> awaited,
            Connection connection,
            UnreadMemory.Account unread) {
        this.response = response;
        this.settings = settings;
        this.format = format;
        this.awaited = new HashSet<>(awaited);
        this.endless = awaited.isEmpty();
        this.connection = connection;
        this.unread = unread;
        unread.heldBy(this);
    }

    /**
     * Sets the ids of the events.
     *
     * @param prefix of all ids, before the number of the message
     * @param first the id of an event without data at the start, from which the client can resume
     *     everything; null for none
     */
    synchronized void named(String prefix, @Nullable String first) {
        idPrefix = prefix;
        firstEventId = first;
    }

    /** Returns true if messages other than answers can be sent. */
    synchronized boolean carriesEvents() {
        return format != Format.JSON && !closed;
    }

    /**
     * Queues a message. If the client reads too slowly, progress and log messages are dropped, and
     * equal change notifications are merged. If the response is JSON, all messages except answers
     * are dropped.
     *
     * @param number of the message in its session, or 0 for none
     * @return false if it was dropped
     */
    synchronized boolean enqueue(Outbound message, long number) {
        boolean answer = message.answers() != null;
        if (closed || closing || !answer && format == Format.JSON) {
            return false;
        }
        boolean full = bytes > settings.limitBytes();
        if (full && message.kind() != Outbound.Kind.ESSENTIAL) {
            Object key = message.coalesceKey();
            if (key == null
                    || queue.stream().anyMatch(each -> key.equals(each.message.coalesceKey()))) {
                return false;
            }
        }
        String eventId = idPrefix == null || number == 0 ? null : idPrefix + number;
        queue.add(new Queued(message, eventId, answer));
        addBytes(message, 1);
        if (answer) {
            awaited.remove(message.answers());
        }
        notifyAll();
        return true;
    }

    /** Queues an answer to a message that was not a valid request. */
    public synchronized void answer(byte[] payload) {
        if (!closed && !closing) {
            var message = Outbound.essential(payload);
            queue.add(new Queued(message, null, true));
            addBytes(message, 1);
        }
    }

    /**
     * Records the end of a request. If no answer is queued by now, the response will not contain
     * one.
     */
    public synchronized void ended(RequestId request) {
        awaited.remove(request);
        notifyAll();
    }

    public synchronized boolean awaits(RequestId request) {
        return awaited.contains(request);
    }

    private boolean isComplete() {
        return closing || !endless && awaited.isEmpty();
    }

    /** Ends the response after what is queued. */
    public synchronized void close() {
        closing = true;
        notifyAll();
    }

    /** Ends the response, and tells the client when to reconnect for the rest. */
    public synchronized void close(int retryAfterMillis) {
        retryMillis = retryAfterMillis;
        close();
    }

    /**
     * Ends the response like {@link #close(int)} if the client has an event id to resume from, or
     * gets one. Otherwise the response stays open until it is complete.
     */
    synchronized void leave(int retryAfterMillis) {
        if (idPrefix != null && (firstEventId != null || eventWritten) && format != Format.JSON) {
            format = Format.EVENTS;
            close(retryAfterMillis);
        }
    }

    private synchronized void closed() {
        closed = true;
        queue.clear();
        bytes = 0;
        unread.close();
        notifyAll();
    }

    /** Blocks while the client has too much unread. */
    synchronized void awaitRoom() throws InterruptedException {
        while ((bytes > settings.limitBytes() || unread.isHeldBack()) && !closed) {
            wait();
        }
    }

    public Connection connection() {
        return connection;
    }

    public long queuedBytes() {
        return bytes;
    }

    /** Closes the connection if the client has had too much unread for too long. */
    public void abortIfStalled(long nowNanos) {
        long since = overLimitSince;
        boolean over = since != 0 && nowNanos - since > settings.writeTimeoutNanos();
        boolean slow = nowNanos - unreadSinceNanos() > settings.writeTimeoutNanos();
        if (over || unread.isHeldBack() && slow) {
            discardUnread();
        }
    }

    @Override
    public long unreadSinceNanos() {
        return writing ? unreadSinceNanos : System.nanoTime();
    }

    @Override
    public void discardUnread() {
        connection.getEndPoint().close();
    }

    @Override
    public synchronized void roomAgain() {
        notifyAll();
    }

    private void addBytes(Outbound message, int sign) {
        if (bytes == 0 || sign < 0) {
            unreadSinceNanos = System.nanoTime();
        }
        bytes += sign * (message.payload().length + OVERHEAD_BYTES);
        unread.set(bytes);
        if (bytes <= settings.limitBytes()) {
            overLimitSince = 0;
        } else if (overLimitSince == 0 || sign < 0) {
            overLimitSince = Math.max(1, System.nanoTime());
        }
    }

    /**
     * Writes the response. Blocks until it is complete.
     *
     * @param json writes the answers as a JSON document
     * @throws IOException if the client has disconnected
     */
    public void serve(JsonWriter json) throws IOException, InterruptedException {
        try {
            List<byte[]> answers = awaitAnswers();
            unreadSinceNanos = System.nanoTime();
            writing = true;
            if (answers != null) {
                json.write(answers);
            } else {
                serveEvents();
            }
        } finally {
            closed();
        }
    }

    /** Writes the JSON document that answers a POST. */
    @FunctionalInterface
    public interface JsonWriter {
        void write(List<byte[]> answers) throws IOException;
    }

    /** Waits until the form is decided. Returns all answers, or null for an event stream. */
    private synchronized @Nullable List<byte[]> awaitAnswers() throws InterruptedException {
        long until = System.nanoTime() + settings.streamAfterNanos();
        while (true) {
            if (format == Format.EVENTS || hasOtherThanAnswers()) {
                format = Format.EVENTS;
                return null;
            }
            if (isComplete()) {
                format = Format.JSON;
                return queue.stream().map(each -> each.message.payload()).toList();
            }
            if (format == Format.JSON) {
                wait();
                continue;
            }
            long left = until - System.nanoTime();
            if (left <= 0) {
                format = Format.EVENTS;
                return null;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private boolean hasOtherThanAnswers() {
        for (Queued each : queue) {
            if (!each.isAnswer()) {
                return true;
            }
        }
        return false;
    }

    private void serveEvents() throws IOException, InterruptedException {
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType(Accepted.EVENT_STREAM);
        response.setHeader("Cache-Control", "no-cache, no-transform");
        response.setHeader("X-Accel-Buffering", "no");
        OutputStream out = response.getOutputStream();
        out.write(firstBytes());
        out.flush();
        boolean probing = settings.probes();
        while (true) {
            List<Queued> taken = take(probing ? settings.probeNanos() : settings.keepAliveNanos());
            if (taken == null) {
                break;
            }
            if (taken.isEmpty()) {
                probing = settings.probes() && !probing;
                out.write(COMMENT);
            }
            for (Queued each : taken) {
                write(each, out);
            }
            out.flush();
            written(taken);
        }
        if (retryMillis > 0) {
            out.write("retry: %d\n\n".formatted(retryMillis).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private synchronized byte[] firstBytes() {
        return firstEventId == null
                ? COMMENT
                : "id: %s\ndata:\n\n".formatted(firstEventId).getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Waits for messages. Returns those that are queued, an empty list when a comment is due, or
     * null at the end.
     */
    private synchronized @Nullable List<Queued> take(long maxWaitNanos)
            throws InterruptedException {
        long until = System.nanoTime() + maxWaitNanos;
        while (queue.isEmpty()) {
            if (isComplete()) {
                return null;
            }
            long left = until - System.nanoTime();
            if (left <= 0) {
                return List.of();
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        var taken = new ArrayList<>(queue);
        queue.clear();
        return taken;
    }

    private static void write(Queued event, OutputStream out) throws IOException {
        if (event.eventId != null) {
            out.write("id: %s\n".formatted(event.eventId).getBytes(StandardCharsets.US_ASCII));
        }
        out.write(DATA);
        out.write(event.message.payload());
        out.write(END);
    }

    private synchronized void written(List<Queued> events) {
        for (Queued each : events) {
            addBytes(each.message, -1);
            eventWritten |= each.eventId != null;
        }
        notifyAll();
    }
}
