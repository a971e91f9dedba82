package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.Transport;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries the messages of one legacy session on its open HTTP responses. What belongs to a request
 * is sent on the response to its POST, everything else on the stream that the client has opened by
 * GET. As long as there is none, the newest changes wait for it.
 *
 * <p>The session's outbound log keeps what was sent, numbered, until it has been written and is old
 * enough that no client asks for it again.
 */
public final class SessionStreams implements Connection {

    static final int MAX_WAITING = 64;
    private static final long WAITING_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);

    private record Waiting(Outbound message, long number, long sinceNanos) {}

    /** A message in the log. */
    private static final class Kept {
        private final long number;
        private final long sinceNanos;
        private final @Nullable RequestId request;
        private boolean delivered;

        Kept(long number, @Nullable RequestId request, long sinceNanos) {
            this.number = number;
            this.request = request;
            this.sinceNanos = sinceNanos;
        }
    }

    private final String id;
    private final long keptBytes;
    private final Map<RequestId, ResponseStream> byRequest = new HashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);
    private final ArrayDeque<Kept> kept = new ArrayDeque<>(0);
    private @Nullable ResponseStream standalone;
    private @Nullable McpSession session;
    private @Nullable Runnable onClose;
    private long sent;
    private boolean closed;

    /**
     * @param keptBytes of messages in the log, beyond which the oldest are let go
     */
    public SessionStreams(String id, long keptBytes) {
        this.id = id;
        this.keptBytes = keptBytes;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Transport transport() {
        return Transport.HTTP;
    }

    /**
     * The session is resumable from now on.
     *
     * @param onClose called when it has ended, or belongs to another node
     */
    public synchronized void resumable(McpSession opened, Runnable onClose) {
        this.session = opened;
        this.onClose = onClose;
    }

    /** The number of the last message that another node has sent. */
    public synchronized void continueAfter(long number) {
        sent = number;
    }

    /**
     * From now on messages of these requests are sent on {@code stream}.
     *
     * @param primed whether its first event is to have an id
     * @return false, with nothing changed, if one of them is running
     */
    public synchronized boolean open(
            Collection<RequestId> requests, ResponseStream stream, boolean primed) {
        if (requests.stream().anyMatch(byRequest::containsKey)) {
            return false;
        }
        requests.forEach(each -> byRequest.put(each, stream));
        name(stream, requests, primed);
        if (closed) {
            stream.close();
        }
        return true;
    }

    private void name(ResponseStream stream, Collection<RequestId> requests, boolean primed) {
        String prefix = session == null ? null : EventId.prefix(requests);
        if (prefix != null) {
            stream.named(prefix, primed ? prefix + sent : null);
        }
    }

    public synchronized void finished(Collection<RequestId> requests, ResponseStream stream) {
        requests.forEach(each -> byRequest.remove(each, stream));
    }

    /** The client has these answers: none of what belongs to the requests is asked for again. */
    public synchronized void delivered(Collection<RequestId> requests) {
        for (Kept each : kept) {
            each.delivered |= each.request != null && requests.contains(each.request);
        }
    }

    /** The client has opened a stream by GET: it takes the place of the one before. */
    public synchronized void standalone(ResponseStream stream, boolean primed) {
        takeStandalone(stream, primed);
        long now = System.nanoTime();
        for (Waiting each; (each = waiting.poll()) != null; ) {
            if (now - each.sinceNanos < WAITING_NANOS) {
                stream.enqueue(each.message, each.number);
            }
        }
    }

    private void takeStandalone(ResponseStream stream, boolean primed) {
        if (standalone != null) {
            standalone.close();
        }
        standalone = stream;
        name(stream, List.of(), primed);
        if (closed) {
            stream.close();
        }
    }

    /** As {@link #standalone(ResponseStream, boolean)}, behind the last event that came. */
    public void standalone(ResponseStream stream, boolean primed, EventId last) {
        replay(
                last,
                () -> begin(stream, primed),
                (number, message) -> {
                    if (request(message) == null) {
                        stream.enqueue(message, number);
                    }
                });
    }

    private synchronized void begin(ResponseStream stream, boolean primed) {
        takeStandalone(stream, primed);
        waiting.clear();
    }

    /** Sends the rest of the stream of a POST on {@code stream}, and then what comes. */
    public void resume(EventId last, ResponseStream stream) {
        replay(
                last,
                () -> begin(last.requests(), stream),
                (number, message) -> {
                    RequestId request = request(message);
                    if (request != null && last.requests().contains(request)) {
                        stream.enqueue(message, number);
                    }
                });
    }

    private synchronized void begin(List<RequestId> requests, ResponseStream stream) {
        for (RequestId each : requests) {
            ResponseStream before = byRequest.put(each, stream);
            if (before != null && before != stream) {
                before.close();
            }
        }
        name(stream, requests, false);
    }

    private void replay(EventId last, Runnable begin, SessionPersistence.Reader reader) {
        McpSession from;
        synchronized (this) {
            from = session;
        }
        if (from == null) {
            begin.run();
        } else {
            from.persistence().replay(last.number(), begin, reader);
        }
    }

    public synchronized void standaloneGone(ResponseStream stream) {
        if (standalone == stream) {
            standalone = null;
        }
    }

    /** Returns whether the session has ended, or belongs to another node. */
    public synchronized boolean isClosed() {
        return closed;
    }

    public synchronized boolean isUnused() {
        return byRequest.isEmpty() && standalone == null;
    }

    private List<ResponseStream> all() {
        return Stream.concat(
                        byRequest.values().stream().distinct(),
                        standalone == null ? Stream.of() : Stream.of(standalone))
                .toList();
    }

    /** Returns the number of open responses. */
    public synchronized int count() {
        return all().size();
    }

    /** Returns the number of messages that the session has sent, at other nodes, too. */
    public synchronized long sentCount() {
        return sent;
    }

    @Override
    public synchronized boolean carriesRequests(RequestId asking) {
        ResponseStream stream = byRequest.get(asking);
        return stream != null && stream.carriesEvents();
    }

    private static @Nullable RequestId request(Outbound message) {
        return message.answers() == null ? message.belongsTo() : message.answers();
    }

    @Override
    public synchronized void enqueue(Outbound message) {
        long number = 0;
        RequestId request = request(message);
        if (session != null && !closed) {
            number = ++sent;
            kept.add(new Kept(number, request, System.nanoTime()));
        }
        if (request != null) {
            ResponseStream stream = byRequest.get(request);
            if (stream != null) {
                stream.enqueue(message, number);
            }
        } else if (standalone != null) {
            standalone.enqueue(message, number);
        } else if (!closed) {
            await(message, number);
        }
    }

    private void await(Outbound message, long number) {
        Object key = message.coalesceKey();
        if (key != null) {
            for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
                if (key.equals(each.next().message.coalesceKey())) {
                    each.remove();
                }
            }
        }
        if (waiting.size() == MAX_WAITING) {
            waiting.remove();
        }
        waiting.add(new Waiting(message, number, System.nanoTime()));
    }

    /** Lets go of what is kept too long, or too much; the threads of the requests write. */
    @Override
    public void flush() {
        trim();
    }

    public void trim() {
        McpSession from;
        long last;
        synchronized (this) {
            from = session;
            last = from == null || closed ? 0 : lastToForget(from.connection().queuedBytes());
        }
        if (from != null && last > 0) {
            from.persistence().acknowledge(last);
        }
    }

    private long lastToForget(long bytes) {
        long now = System.nanoTime();
        boolean tooMany = bytes > keptBytes;
        int half = kept.size() / 2;
        long last = 0;
        while (!kept.isEmpty()) {
            Kept oldest = kept.peek();
            boolean old = now - oldest.sinceNanos > KEPT_NANOS;
            if (!oldest.delivered && !old && !(tooMany && kept.size() > half)) {
                break;
            }
            last = oldest.number;
            kept.remove();
        }
        return last;
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        List<ResponseStream> streams;
        synchronized (this) {
            streams = all();
        }
        for (ResponseStream each : streams) {
            each.awaitRoom();
        }
    }

    @Override
    public synchronized long queuedBytes() {
        return all().stream().mapToLong(ResponseStream::queuedBytes).sum();
    }

    /**
     * Ends the streams. If the session goes on at another node, responses to requests that run here
     * stay open until they are complete, and the client reopens its other stream there.
     */
    @Override
    public void close(CloseReason reason) {
        Runnable action;
        synchronized (this) {
            closed = true;
            boolean moved = reason == CloseReason.REPLACED || reason == CloseReason.TRY_AGAIN_LATER;
            if (!moved) {
                byRequest.values().forEach(ResponseStream::close);
            }
            if (standalone != null) {
                standalone.close(moved ? RETRY_MILLIS : 0);
            }
            action = onClose;
            onClose = null;
        }
        if (action != null) {
            action.run();
        }
    }

    private static final int RETRY_MILLIS = 1000;

    /** The node stops: ends what the client can resume at another one. */
    public synchronized void leave(boolean resumable) {
        if (standalone != null) {
            standalone.close(RETRY_MILLIS);
        }
        if (resumable) {
            byRequest.values().forEach(each -> each.leave(RETRY_MILLIS));
        }
    }
}
