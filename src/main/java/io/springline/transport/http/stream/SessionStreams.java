package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.Transport;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends the messages of one legacy HTTP session on its open responses. Messages about a request go
 * to the response to its POST; all others go to the stream that the client opened by GET, or
 * {@linkplain WaitingMessages wait} for it.
 *
 * <p>The session's outbound log keeps sent messages, numbered, so that a client can resume a
 * stream: until they were delivered or are five minutes old, within {@code keptBytes}. Thread-safe.
 */
public final class SessionStreams implements Connection {

    private static final int RETRY_MILLIS = 1000;

    private final String id;
    private final long keptBytes;
    private final Map<RequestId, ResponseStream> byRequest = new HashMap<>();

    /** The streams among them that the client has opened by GET. Their calls may run elsewhere. */
    private final Set<ResponseStream> resumed = new HashSet<>();

    private final WaitingMessages waiting = new WaitingMessages();
    private final KeptMessages kept = new KeptMessages();
    private @Nullable ResponseStream standalone;
    private @Nullable McpSession session;
    private @Nullable Runnable onClose;
    private long sent;
    private boolean closed;

    /**
     * @param keptBytes most bytes in the log; beyond it, the older half of the messages is dropped
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
     * Makes the session resumable.
     *
     * @param onClose called when the session has ended or was taken over by another node
     */
    public synchronized void resumable(McpSession opened, Runnable onClose) {
        this.session = opened;
        this.onClose = onClose;
    }

    /** Sets the number of the last message that another node has sent. */
    public synchronized void continueAfter(long number) {
        sent = number;
    }

    /** Sends further messages about the first request of a session on {@code stream}. */
    public void open(RequestId request, ResponseStream stream) {
        open(List.of(request), stream, false);
    }

    /**
     * Sends further messages about these requests on {@code stream}.
     *
     * @param primed true if the first event has an id and no data
     * @return false, with nothing changed, if one of the requests is running
     */
    public synchronized boolean open(
            Collection<RequestId> requests, ResponseStream stream, boolean primed) {
        if (requests.stream().anyMatch(byRequest::containsKey)) {
            return false;
        }
        requests.forEach(each -> byRequest.put(each, stream));
        name(stream, requests, primed, sent);
        if (closed) {
            stream.close();
        }
        return true;
    }

    /**
     * @param after the number in the id of the first event: that of the last message which this
     *     stream does not carry
     */
    private void name(
            ResponseStream stream, Collection<RequestId> requests, boolean primed, long after) {
        String prefix = session == null ? null : EventId.prefix(requests);
        if (prefix != null) {
            stream.named(prefix, primed ? prefix + after : null);
        }
    }

    public synchronized void finished(Collection<RequestId> requests, ResponseStream stream) {
        requests.forEach(each -> byRequest.remove(each, stream));
        resumed.remove(stream);
    }

    /**
     * Records that the client has received the answers, so that messages about these requests can
     * be dropped.
     */
    public synchronized void delivered(Collection<RequestId> requests) {
        kept.delivered(requests);
    }

    /** Sets the stream that the client has opened by GET. Closes the former one. */
    public synchronized void standalone(ResponseStream stream, boolean primed) {
        takeStandalone(stream, primed, waiting.before(sent));
        waiting.moveTo(stream);
    }

    private void takeStandalone(ResponseStream stream, boolean primed, long after) {
        if (standalone != null) {
            standalone.close();
        }
        standalone = stream;
        name(stream, List.of(), primed, after);
        if (closed) {
            stream.close();
        }
    }

    /**
     * Sets the stream that the client has opened by GET, and replays the messages after the last
     * event that it received.
     */
    public void standalone(ResponseStream stream, boolean primed, EventId last) {
        replay(
                last,
                () -> begin(stream, primed, last.number()),
                (number, message) -> {
                    if (request(message) == null) {
                        stream.enqueue(message, number);
                    }
                });
    }

    private synchronized void begin(ResponseStream stream, boolean primed, long after) {
        takeStandalone(stream, primed, after);
        waiting.clear();
    }

    /**
     * Continues the response to a POST on {@code stream}: replays the messages after the last event
     * that the client received, and then sends new ones.
     */
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
        resumed.add(stream);
        name(stream, requests, false, 0);
        if (closed) {
            closeIfElsewhere(stream);
        }
    }

    /** Closes a resumed stream if none of its calls runs here, so that the client resumes again. */
    private void closeIfElsewhere(ResponseStream stream) {
        boolean runsHere =
                byRequest.entrySet().stream()
                        .anyMatch(each -> each.getValue() == stream && runsHere(each.getKey()));
        if (!runsHere) {
            stream.close(RETRY_MILLIS);
        }
    }

    private boolean runsHere(RequestId request) {
        return session != null && session.inFlight().find(request) != null;
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

    /**
     * Ends the stream that the client opened by GET if it is older than {@code maxNanos}. The
     * client is told to open the next one; what is sent meanwhile waits for it.
     */
    public synchronized void endOldStandalone(long maxNanos) {
        if (standalone != null && standalone.isOlderThan(maxNanos)) {
            standalone.close(RETRY_MILLIS);
            standalone = null;
        }
    }

    public synchronized void standaloneGone(ResponseStream stream) {
        if (standalone == stream) {
            standalone = null;
        }
    }

    /** Returns true if the session has ended or was taken over by another node. */
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

    /** Returns the number of messages that the session has sent, on other nodes as well. */
    public synchronized long sentCount() {
        return sent;
    }

    @Override
    public synchronized boolean carriesRequests(RequestId asking) {
        ResponseStream stream = byRequest.get(asking);
        return stream != null && stream.carriesEvents();
    }

    @Override
    public boolean resumesResponse(RequestId request) {
        return carriesRequests(request);
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
            kept.add(number, request, System.nanoTime());
        }
        if (request != null) {
            ResponseStream stream = byRequest.get(request);
            if (stream != null) {
                stream.enqueue(message, number);
            }
        } else if (standalone != null) {
            standalone.enqueue(message, number);
        } else if (!closed) {
            waiting.add(message, number);
        }
    }

    /** Drops old messages from the log. The threads of the requests write. */
    @Override
    public void flush() {
        trim();
    }

    public void trim() {
        McpSession from;
        long last;
        synchronized (this) {
            from = session;
            last = from == null || closed ? 0 : removeOld(from);
        }
        if (from != null && last > 0) {
            from.persistence().acknowledge(last);
        }
    }

    private long removeOld(McpSession from) {
        // while a client reads nothing, its full log keeps more from being queued on its responses
        boolean reads = queuedBytes() <= keptBytes;
        boolean tooMany =
                reads && from.connection().queuedBytes() > keptBytes
                        || !from.persistence().hasRoom();
        return kept.removeOld(tooMany, System.nanoTime());
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
    public synchronized boolean isWritable() {
        return all().stream().allMatch(ResponseStream::hasRoom);
    }

    @Override
    public synchronized long queuedBytes() {
        return all().stream().mapToLong(ResponseStream::queuedBytes).sum();
    }

    /**
     * Closes the streams. If another node takes the session over, responses to requests that run
     * here stay open until they are complete. The client reopens its other GET streams at the other
     * node.
     */
    @Override
    public void close(CloseReason reason) {
        Runnable action;
        synchronized (this) {
            closed = true;
            boolean moved = reason == CloseReason.REPLACED || reason == CloseReason.TRY_AGAIN_LATER;
            if (moved) {
                resumed.forEach(this::closeIfElsewhere);
            } else {
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

    /**
     * Ends the streams because the node stops: the GET stream, and if sessions outlive the node,
     * also responses that the client can resume.
     */
    public synchronized void leave(boolean resumable) {
        if (standalone != null) {
            standalone.leave(RETRY_MILLIS);
        }
        if (resumable) {
            byRequest.values().forEach(each -> each.leave(RETRY_MILLIS));
        }
    }
}
