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
 * All that was given to be sent and is not known to have arrived, in order: a request until it is
 * answered; a notification or response until a later request is answered, or a later ping. One
 * writer takes from it, and starts over at the beginning after each cut. Safe for use by many
 * threads.
 */
final class UnacknowledgedMessages {

    static final int MAX_MESSAGES = 1024;
    static final long MAX_BYTES = 16L << 20;

    /** So many unproven messages are worth a ping of their own. */
    private static final int MANY_UNPROVEN = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private final TreeMap<Long, LoggedMessage> entries = new TreeMap<>();
    private final Map<RequestId, LoggedMessage> requests = new HashMap<>();

    /** Those of the entries that are no requests. */
    private final TreeMap<Long, LoggedMessage> unproven = new TreeMap<>();

    private long bytes;
    private long end;
    private long cursor;
    private long written = -1;
    private int sinceProof;
    private boolean woken;
    private boolean holding;
    private @Nullable String closed;

    /**
     * Appends a message. A cancellation takes its request off the log, which then gets no answer.
     *
     * @param codec that the connection will probably want it in
     * @param answer gets the response to a request
     * @throws IllegalStateException when the log is full or closed
     * @throws IllegalArgumentException when a request with this id has no answer yet
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
                        "too much is waiting for the server: at most %d messages of together %d bytes"
                                .formatted(MAX_MESSAGES, MAX_BYTES));
            }
            var entry = new LoggedMessage(end, message, codec, encoded, answer);
            if (message instanceof Request request) {
                if (requests.putIfAbsent(request.id(), entry) != null) {
                    throw new IllegalArgumentException(
                            "a request with id %s has no answer yet".formatted(request.id()));
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
     * The next message to write, or null when {@link #wake} was called or the time is over. It
     * counts as sent from now on.
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

    /** Requests wait for the next connection from now on: this one's end has been announced. */
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
     * The message has been handed to the connection.
     *
     * @return whether a ping should follow, lest proof of arrival be late
     */
    boolean written(LoggedMessage entry) {
        lock.lock();
        try {
            written = entry.position;
            sinceProof++;
            changed.signalAll();
            boolean many = sinceProof >= MANY_UNPROVEN && unproven.size() >= MANY_UNPROVEN;
            if (many) {
                sinceProof = 0;
            }
            return many;
        } finally {
            lock.unlock();
        }
    }

    /** The position up to which a pong to a ping of now proves arrival; -1 for none. */
    long written() {
        lock.lock();
        try {
            return written;
        } finally {
            lock.unlock();
        }
    }

    /** All up to this position have arrived. */
    void arrived(long position) {
        lock.lock();
        try {
            provenLocked(position);
        } finally {
            lock.unlock();
        }
    }

    /** Takes the request that has been answered, or null when none with this id is waiting. */
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
     * The request has not been run, since the server is stopping: a new session is asked again, and
     * whoever waits gets this answer if there is none. All requests wait for the next connection.
     *
     * @return false when none with this id is waiting
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
     * A new connection to the same session: what is left is sent again.
     *
     * @return what this session has refused, and would not run under the same id
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
     * A new session: what can be sent again is, or for the first time.
     *
     * @return the calls of tools that may have run; they will not run again
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
                    case Request _ -> {
                        entry.sent = false;
                        entry.refusal = null;
                    }
                    case Notification _ when !entry.sent -> {}
                    case Notification _ -> removeLocked(entry);
                    // what it answers was asked by the session that is gone
                    case Response _ -> removeLocked(entry);
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

    /** Waits until everything has been handed to the connection. */
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
     * Accepts nothing more.
     *
     * @return the requests without an answer
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
