package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
 * stream. Thread-safe: any thread queues messages. {@link #serve} writes them on the thread of the
 * request, which waits for them. {@link #serveEvents} writes them on a thread that runs only while
 * there is something to write.
 *
 * <pre>
 * UNDECIDED ──all answers are there──▶ JSON
 *     └──another message, or {@code stream-after} has passed──▶ EVENTS
 * </pre>
 */
public final class ResponseStream implements UnreadMemory.Holder {

    private final HttpServletResponse response;
    private final StreamSettings settings;
    private final Connection connection;
    private final ArrayDeque<QueuedEvent> queue = new ArrayDeque<>();
    private final Set<RequestId> awaited;
    private final boolean endless;
    private final UnreadBytes unread;
    private ResponseFormat format;
    private boolean closing;
    private boolean leaving;
    private boolean closed;
    private @Nullable String idPrefix;
    private volatile @Nullable String firstEventId;
    private int retryMillis;
    private boolean eventWritten;
    private List<QueuedEvent> taken = List.of();
    private @Nullable Runnable background;
    private boolean writing;
    private boolean commentDue;
    private final long openedNanos = System.nanoTime();
    private final CommentTimer comments;

    /**
     * @param awaited the requests whose answers the response contains. If empty, it is a stream
     *     that ends when it is {@linkplain #close closed}
     * @param connection the TCP connection of the response
     * @param unread counts what the client has not read
     */
    public ResponseStream(
            HttpServletResponse response,
            StreamSettings settings,
            ResponseFormat format,
            Collection<RequestId> awaited,
            Connection connection,
            UnreadMemory.Account unread) {
        this.response = response;
        this.settings = settings;
        this.format = format;
        this.awaited = new HashSet<>(awaited);
        this.endless = awaited.isEmpty();
        this.connection = connection;
        this.unread = new UnreadBytes(settings.limitBytes(), unread);
        this.comments = new CommentTimer(settings);
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
        return format != ResponseFormat.JSON && !closed;
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
        if (closed || closing || !answer && format == ResponseFormat.JSON) {
            return false;
        }
        if (unread.isOverLimit() && message.kind() != Outbound.Kind.ESSENTIAL) {
            Object key = message.coalesceKey();
            if (key == null
                    || queue.stream().anyMatch(each -> key.equals(each.message().coalesceKey()))) {
                return false;
            }
        }
        String eventId = idPrefix == null || number == 0 ? null : idPrefix + number;
        queue.add(new QueuedEvent(message, eventId, answer));
        unread.add(message);
        if (answer) {
            awaited.remove(message.answers());
        }
        wake();
        return true;
    }

    /** Queues an answer to a message that was not a valid request. */
    public synchronized void answer(byte[] payload) {
        if (!closed && !closing) {
            var message = Outbound.essential(payload);
            queue.add(QueuedEvent.answer(message));
            unread.add(message);
            wake();
        }
    }

    /**
     * Records the end of a request. If no answer is queued by now, the response will not contain
     * one.
     */
    public synchronized void ended(RequestId request) {
        awaited.remove(request);
        wake();
    }

    public synchronized boolean awaits(RequestId request) {
        return awaited.contains(request);
    }

    /** Lets a thread write what there is. */
    private void wake() {
        notifyAll();
        if (background != null
                && !writing
                && !closed
                && (isComplete() || commentDue || !queue.isEmpty())) {
            writing = true;
            Thread.startVirtualThread(background);
        }
    }

    private boolean isComplete() {
        return closing || !endless && awaited.isEmpty();
    }

    /** Ends the response after what is queued. */
    public synchronized void close() {
        closing = true;
        wake();
    }

    /** Ends the response, and tells the client when to reconnect for the rest. */
    public synchronized void close(int retryAfterMillis) {
        retryMillis = retryAfterMillis;
        close();
    }

    /**
     * Ends the response like {@link #close(int)} if the client has or gets an id to resume from,
     * and its connection: the next one leads to another node.
     */
    synchronized void leave(int retryAfterMillis) {
        boolean resumable = idPrefix != null && (firstEventId != null || eventWritten);
        if (endless || resumable && format != ResponseFormat.JSON) {
            leaving = true;
            format = ResponseFormat.EVENTS;
            close(retryAfterMillis);
        }
    }

    /** Discards what is queued. To be called once no thread writes any more. */
    public synchronized void closed() {
        closed = true;
        queue.clear();
        unread.close();
        notifyAll();
    }

    /** Blocks while the client has too much unread. */
    synchronized void awaitRoom() throws InterruptedException {
        while (!hasRoom()) {
            wait();
        }
    }

    /** Returns true if {@link #awaitRoom} would return at once. */
    synchronized boolean hasRoom() {
        return closed || !unread.isOverLimit() && !unread.isHeldBack();
    }

    /** Returns true if the response was opened before this time. */
    boolean isOlderThan(long nanos) {
        return System.nanoTime() - openedNanos > nanos;
    }

    public Connection connection() {
        return connection;
    }

    public long queuedBytes() {
        return unread.bytes();
    }

    /** Closes the connection, and returns true, if too much has been unread for too long. */
    public boolean abortIfStalled(long nowNanos) {
        boolean stalled = unread.isStalled(nowNanos, settings.writeTimeoutNanos());
        boolean aborts = stalled && connection.getEndPoint().isOpen();
        if (aborts) {
            discardUnread();
        }
        return aborts;
    }

    @Override
    public long unreadSinceNanos() {
        return unread.sinceNanos();
    }

    @Override
    public void discardUnread() {
        connection.getEndPoint().close();
    }

    @Override
    public synchronized void roomAgain() {
        notifyAll();
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
            unread.begin();
            if (answers != null) {
                json.write(answers, unread::progress);
            } else {
                serveEvents();
            }
        } finally {
            closed();
        }
    }

    /** Waits until the form is decided. Returns all answers, or null for an event stream. */
    private synchronized @Nullable List<byte[]> awaitAnswers() throws InterruptedException {
        long until = System.nanoTime() + settings.streamAfterNanos();
        while (true) {
            if (format == ResponseFormat.EVENTS
                    || queue.stream().anyMatch(each -> !each.isAnswer())) {
                format = ResponseFormat.EVENTS;
                return null;
            }
            if (isComplete()) {
                format = ResponseFormat.JSON;
                return queue.stream().map(each -> each.message().payload()).toList();
            }
            if (format == ResponseFormat.JSON) {
                wait();
                continue;
            }
            long left = until - System.nanoTime();
            if (left <= 0) {
                format = ResponseFormat.EVENTS;
                return null;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private void serveEvents() throws IOException, InterruptedException {
        EventWriter events = begin();
        NextWrite next;
        do {
            next = next(comments.nextAt());
            write(next, events);
        } while (next != NextWrite.END);
    }

    /**
     * Writes the response as an event stream. Returns when the stream has begun; no thread waits
     * for messages. {@link #keepAlive} has to be called now and then.
     *
     * @param onEnd called once when the stream has ended, if this method returns normally
     * @throws IOException if the client is gone; the stream has not begun then
     */
    public void serveEvents(HttpServletRequest request, Runnable onEnd) throws IOException {
        unread.begin();
        EventWriter events = begin();
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        synchronized (this) {
            background = new BackgroundWriter(this, events, async, onEnd);
            wake();
        }
    }

    /** Writes a comment if nothing was written for long, so that proxies keep the stream open. */
    public void keepAlive(long nowNanos) {
        if (nowNanos - comments.nextAt() >= 0) {
            synchronized (this) {
                commentDue = background != null && !writing;
                wake();
            }
        }
    }

    private EventWriter begin() throws IOException {
        var events = new EventWriter(response, unread::progress);
        events.begin(firstEventId);
        comments.written();
        return events;
    }

    /** Takes what is queued. */
    synchronized NextWrite next() {
        NextWrite next = take();
        if (next == NextWrite.PAUSE && commentDue) {
            next = NextWrite.COMMENT;
        }
        commentDue = false;
        writing = next != NextWrite.PAUSE;
        return next;
    }

    /** Takes what is queued; waits until there is something, or it is time for a comment. */
    private synchronized NextWrite next(long commentAt) throws InterruptedException {
        while (true) {
            NextWrite next = take();
            if (next != NextWrite.PAUSE) {
                return next;
            }
            long left = commentAt - System.nanoTime();
            if (left <= 0) {
                return NextWrite.COMMENT;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    private NextWrite take() {
        if (queue.isEmpty()) {
            return isComplete() ? NextWrite.END : NextWrite.PAUSE;
        }
        taken = new ArrayList<>(queue);
        queue.clear();
        return NextWrite.EVENTS;
    }

    /** For the one thread that {@linkplain #next() takes} messages. */
    void write(NextWrite next, EventWriter events) throws IOException {
        switch (next) {
            case PAUSE -> {}
            case END -> events.end(retryMillis, leaving ? connection : null);
            case COMMENT -> {
                events.comment();
                comments.commentWritten();
            }
            case EVENTS -> {
                events.write(taken);
                comments.eventsWritten();
                written(taken);
                taken = List.of();
            }
        }
    }

    private synchronized void written(List<QueuedEvent> events) {
        for (QueuedEvent each : events) {
            unread.remove(each.message());
            eventWritten |= each.eventId() != null;
        }
        notifyAll();
    }
}
