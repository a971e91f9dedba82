package io.springline.transport.http;

import io.springline.jsonrpc.RequestId;
import io.springline.session.CloseReason;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one legacy session: its open HTTP responses. What belongs to a request is sent
 * on the response to its POST, everything else on the stream that the client has opened by GET. As
 * long as there is none, the newest changes wait for it.
 */
final class SessionStreams implements Connection {

    static final int MAX_WAITING = 64;
    private static final long WAITING_NANOS = 60_000_000_000L;

    private record Waiting(Outbound message, long sinceNanos) {}

    private final String id;
    private final Map<RequestId, ResponseStream> byRequest = new HashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);
    private @Nullable ResponseStream standalone;
    private boolean closed;

    SessionStreams(String id) {
        this.id = id;
    }

    @Override
    public String id() {
        return id;
    }

    /**
     * From now on messages of these requests are sent on {@code stream}.
     *
     * @return false, with nothing changed, if one of them is running
     */
    synchronized boolean open(Collection<RequestId> requests, ResponseStream stream) {
        if (requests.stream().anyMatch(byRequest::containsKey)) {
            return false;
        }
        requests.forEach(each -> byRequest.put(each, stream));
        if (closed) {
            stream.close();
        }
        return true;
    }

    synchronized void finished(Collection<RequestId> requests, ResponseStream stream) {
        requests.forEach(each -> byRequest.remove(each, stream));
    }

    /** The client has opened a stream by GET: it takes the place of the one before. */
    synchronized void standalone(ResponseStream stream) {
        if (standalone != null) {
            standalone.close();
        }
        standalone = stream;
        if (closed) {
            stream.close();
        }
        long now = System.nanoTime();
        for (Waiting each; (each = waiting.poll()) != null; ) {
            if (now - each.sinceNanos < WAITING_NANOS) {
                stream.enqueue(each.message, null);
            }
        }
    }

    synchronized void standaloneGone(ResponseStream stream) {
        if (standalone == stream) {
            standalone = null;
        }
    }

    synchronized boolean isUnused() {
        return byRequest.isEmpty() && standalone == null;
    }

    private synchronized List<ResponseStream> all() {
        var all = new java.util.ArrayList<>(byRequest.values());
        if (standalone != null) {
            all.add(standalone);
        }
        return all;
    }

    @Override
    public synchronized boolean carriesRequests(RequestId asking) {
        ResponseStream stream = byRequest.get(asking);
        return stream != null && stream.carriesEvents();
    }

    @Override
    public synchronized void enqueue(Outbound message) {
        RequestId request = message.answers() == null ? message.belongsTo() : message.answers();
        if (request != null) {
            ResponseStream stream = byRequest.get(request);
            if (stream != null) {
                stream.enqueue(message, null);
            }
        } else if (standalone != null) {
            standalone.enqueue(message, null);
        } else if (!closed) {
            await(message);
        }
    }

    private void await(Outbound message) {
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
        waiting.add(new Waiting(message, System.nanoTime()));
    }

    @Override
    public void flush() {
        // the threads of the requests write
    }

    @Override
    public void awaitRoom() throws InterruptedException {
        for (ResponseStream each : all()) {
            each.awaitRoom();
        }
    }

    @Override
    public long queuedBytes() {
        return all().stream().mapToLong(ResponseStream::queuedBytes).sum();
    }

    /** Ends all streams. */
    @Override
    public synchronized void close(CloseReason reason) {
        closed = true;
        all().forEach(ResponseStream::close);
    }
}
