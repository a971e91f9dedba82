package io.springline.client;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The outbound messages that the server may not have received yet, in order. A request is removed
 * when its response arrives; a notification or response is removed when the response to a later
 * request or the pong of a later ping arrives. One thread writes the messages, and starts from the
 * first one again after a reconnect. Thread-safe.
 */
final class UnacknowledgedMessages {

    static final int MAX_MESSAGES = 1024;
    static final long MAX_BYTES = 16L << 20;

    /**
     * The number and size of messages that can be removed only by a pong, after which a ping is
     * sent. Small, so that a session makes progress over connections that break all the time.
     */
    private static final int MANY_UNPROVEN = 8;

    private static final long MANY_UNPROVEN_BYTES = 64L << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private final TreeMap<Long, LoggedMessage> entries = new TreeMap<>();
    private final Map<RequestId, LoggedMessage> requests = new HashMap<>();

    /** The entries that are notifications or responses. */
    private final TreeMap<Long, LoggedMessage> unproven = new TreeMap<>();

    private long bytes;
    private long end;
    private long cursor;
    private long written = -1;
    private int sinceProof;
    private long bytesSinceProof;
    private boolean woken;
    private boolean holding;
    private @Nullable String closed;

    /**
     * Appends a message. A cancellation also removes its request, which then gets no response.
     *
     * @param codec the codec that the connection will probably use
     * @param answer receives the response to a request
     * @throws IllegalStateException if the log is full or closed
     * @throws IllegalArgumentException if a request with this id is in flight
     */
    void add(JsonRpcMessage message, JsonRpcCodec codec, Consumer<Response> answer) {
        byte[] encoded = codec.encode(message);
        lock.lock();
        try {
            if (closed != null) {
                throw new IllegalStateException("the client is closed: " + closed);
            }
            if (message instanceof Notification note && removeUnsentRequest(note)) {
                return;
            }
            if (entries.size() >= MAX_MESSAGES || bytes + encoded.length > MAX_BYTES) {
                throw new IllegalStateException(
                        "too many messages are waiting for the server; at most %d messages with %d bytes in total can wait"
                                .formatted(MAX_MESSAGES, MAX_BYTES));
            }
            var entry = new LoggedMessage(end, message, codec, encoded, answer);
            if (message instanceof Request request) {
                if (requests.putIfAbsent(request.id(), entry) != null) {
                    throw new IllegalArgumentException(
                            "a request with the id %s is still in flight; use another id"
                                    .formatted(request.id()));
                }
            } else {
                unproven.put(end, entry);
            }
            entries.put(end++, entry);
            bytes += encoded.length;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean removeUnsentRequest(Notification note) {
        if (!note.method().equals("notifications/cancelled") || note.params() == null) {
            return false;
        }
        RequestId id = RequestId.of(note.params().get("requestId"));
        LoggedMessage request = id == null ? null : requests.get(id);
        if (request == null) {
            return false;
        }
        removeLocked(request);
        return !request.sent;
    }

    /**
     * Returns the next message to write, and marks it as sent. Blocks until there is one. Returns
     * null if {@link #wake} was called or the time has passed.
     */
    @Nullable LoggedMessage next(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (true) {
                LoggedMessage next = nextLocked();
                if (next != null) {
                    next.sent = true;
                    return next;
                }
                if (woken || left <= 0) {
                    woken = false;
                    return null;
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable LoggedMessage nextLocked() {
        while (true) {
            var next = entries.ceilingEntry(cursor);
            if (next == null) {
                return null;
            }
            cursor = next.getKey() + 1;
            if (!holding || !(next.getValue().message instanceof Request)) {
                return next.getValue();
            }
        }
    }

    /** Holds requests back for the next connection, since the server is draining this one. */
    void hold() {
        lock.lock();
        try {
            holding = true;
        } finally {
            lock.unlock();
        }
    }

    /** Makes a waiting {@link #next} return. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that a message was written to the connection.
     *
     * @return true if a ping should follow, whose pong acknowledges the messages so far
     */
    boolean written(LoggedMessage entry) {
        lock.lock();
        try {
            written = entry.position;
            sinceProof++;
            bytesSinceProof += entry.bytes.length;
            changed.signalAll();
            boolean many =
                    sinceProof >= MANY_UNPROVEN && unproven.size() >= MANY_UNPROVEN
                            || bytesSinceProof >= MANY_UNPROVEN_BYTES && !unproven.isEmpty();
            if (many) {
                sinceProof = 0;
                bytesSinceProof = 0;
            }
            return many;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that the connection has ended. A ping on the next one acknowledges nothing until
     * messages are written to it.
     */
    void disconnected() {
        lock.lock();
        try {
            written = -1;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the position of the last written message, or -1. A ping carries it. */
    long written() {
        lock.lock();
        try {
            return written;
        } finally {
            lock.unlock();
        }
    }

    /** Removes notifications and responses up to a position, whose ping was answered. */
    void arrived(long position) {
        lock.lock();
        try {
            provenLocked(position);
        } finally {
            lock.unlock();
        }
    }

    /** Removes and returns the request with this id, or returns null if it is not in flight. */
    @Nullable LoggedMessage settle(RequestId id) {
        lock.lock();
        try {
            LoggedMessage entry = requests.get(id);
            if (entry != null) {
                removeLocked(entry);
                provenLocked(entry.position);
            }
            return entry;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that a draining server has not run a request. A new session sends it again; if the
     * session is resumed or the client closes, the request completes with {@code refusal}. All
     * other requests are held back for the next connection.
     *
     * @return false if no request with this id is in flight
     */
    boolean refused(RequestId id, Response refusal) {
        lock.lock();
        try {
            LoggedMessage entry = requests.get(id);
            if (entry != null) {
                entry.sent = false;
                entry.refusal = refusal;
                provenLocked(entry.position);
                holding = true;
            }
            return entry != null;
        } finally {
            lock.unlock();
        }
    }

    private void provenLocked(long position) {
        for (LoggedMessage entry : List.copyOf(unproven.headMap(position, true).values())) {
            removeLocked(entry);
        }
    }

    private void removeLocked(LoggedMessage entry) {
        entries.remove(entry.position);
        bytes -= entry.bytes.length;
        if (entry.message instanceof Request request) {
            requests.remove(request.id());
        } else {
            unproven.remove(entry.position);
        }
        changed.signalAll();
    }

    /**
     * Starts from the first message again, on a new connection of the same session.
     *
     * @return the removed requests that this session has refused. It would not run them again,
     *     since their ids were used
     */
    List<LoggedMessage> rewind() {
        lock.lock();
        try {
            cursor = 0;
            holding = false;
            written = -1;
            List<LoggedMessage> refused =
                    entries.values().stream().filter(each -> each.refusal != null).toList();
            refused.forEach(this::removeLocked);
            return refused;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Prepares the messages for a new session. Keeps requests to be sent again, and messages that
     * were never sent. Removes tool calls that may have run, and what belongs to the lost session.
     *
     * @return the removed tool calls
     */
    List<LoggedMessage> startOver() {
        lock.lock();
        try {
            var unknown = new ArrayList<LoggedMessage>();
            for (LoggedMessage entry : List.copyOf(entries.values())) {
                switch (entry.message) {
                    case Request request
                            when entry.sent && request.method().equals("tools/call") -> {
                        removeLocked(entry);
                        unknown.add(entry);
                    }
                    case Request ignored -> {
                        entry.sent = false;
                        entry.refusal = null;
                    }
                    case Notification ignored when !entry.sent -> {}
                    case Notification ignored -> removeLocked(entry);
                    // it answers a request of the lost session
                    case Response ignored -> removeLocked(entry);
                }
            }
            cursor = 0;
            holding = false;
            written = -1;
            return unknown;
        } finally {
            lock.unlock();
        }
    }

    /** Blocks until all messages are written to the connection. Returns false after the timeout. */
    boolean awaitWritten(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (!entries.isEmpty() && written < entries.lastKey()) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes all messages, and refuses further ones.
     *
     * @return the requests in flight, in order
     */
    List<LoggedMessage> close(String reason) {
        lock.lock();
        try {
            if (closed == null) {
                closed = reason;
            }
            List<LoggedMessage> left =
                    requests.values().stream().sorted(UnacknowledgedMessages::byPosition).toList();
            entries.clear();
            requests.clear();
            unproven.clear();
            bytes = 0;
            changed.signalAll();
            return left;
        } finally {
            lock.unlock();
        }
    }

    private static int byPosition(LoggedMessage one, LoggedMessage other) {
        return Long.compare(one.position, other.position);
    }
}
