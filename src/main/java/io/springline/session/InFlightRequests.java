package io.springline.session;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests of one session that have not ended, by typed id: {@code 1} and {@code "1"} are two.
 * Both protocol eras share it, since a modern {@code notifications/cancelled} does not say its era.
 * Lock order: an {@link InFlight} before its table.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField") // written with the lock held
public final class InFlightRequests {

    /** What became of a request that wants in. */
    public sealed interface Opening {}

    /** Registered: to be answered or cancelled exactly once. */
    public record Opened(InFlight request) implements Opening {}

    /** An earlier request with this id has not ended; it is left alone. */
    public record Duplicate() implements Opening {}

    /** The session has {@code limit} requests at work, and as many wait. */
    public record Full(int limit) implements Opening {}

    /** Longest pause of the thread that reads: behind requests there may be a response. */
    private static final long PAUSE_NANOS = 10_000_000;

    private final Map<RequestId, InFlight> requests = new HashMap<>();
    private final Map<InFlight, Runnable> waiting = new LinkedHashMap<>();
    private final int limit;
    private final long timeoutNanos;
    private volatile int counted;
    private int working;
    private int ending;

    /**
     * @param limit most requests at work, subscriptions not counted; at least 1. As many again may
     *     wait until one of these has ended
     * @param timeout after which a request is {@linkplain #overdue overdue}
     */
    InFlightRequests(int limit, Duration timeout) {
        this.limit = limit;
        this.timeoutNanos = timeout.toNanos();
    }

    /**
     * @param reply receives the one answer, on the thread that ends the request; may encode and
     *     write it, must not block
     * @param onSilentEnd called instead when the request is cancelled
     */
    public synchronized Opening open(RequestId id, Consumer<Response> reply, Runnable onSilentEnd) {
        if (requests.containsKey(id)) {
            return new Duplicate();
        }
        if (counted >= 2L * limit) {
            return new Full(limit);
        }
        var request = new InFlight(id, this, reply, onSilentEnd, System.nanoTime() + timeoutNanos);
        requests.put(id, request);
        counted++;
        return new Opened(request);
    }

    /**
     * Returns true if the handler of an opened request may run now. Otherwise it waits, in the
     * order of arrival, and runs on a virtual thread of its own once another request has ended.
     */
    public synchronized boolean begin(InFlight request, Runnable handler) {
        if (request.hasEnded()) {
            return true;
        }
        if (working >= limit) {
            waiting.put(request, handler);
            return false;
        }
        working++;
        request.holdsTurn = true;
        return true;
    }

    /**
     * Slows the thread that reads the session down while more than half of the room for waiting
     * requests is taken. It blocks for a moment only, so that responses, cancellations and pings
     * that come behind many requests are read all the same.
     */
    public synchronized void awaitRoom() throws InterruptedException {
        long left = PAUSE_NANOS;
        long until = System.nanoTime() + left;
        while (waiting.size() > limit / 2 && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = until - System.nanoTime();
        }
    }

    private void beginWaiting() {
        for (Runnable handler; (handler = nextWaiting()) != null; ) {
            Thread.startVirtualThread(handler);
        }
    }

    private synchronized @Nullable Runnable nextWaiting() {
        if (working >= limit || waiting.isEmpty()) {
            return null;
        }
        InFlight request = waiting.keySet().iterator().next();
        working++;
        request.holdsTurn = true;
        notifyAll();
        return waiting.remove(request);
    }

    public synchronized @Nullable InFlight find(RequestId id) {
        return requests.get(id);
    }

    /** The request that {@code notifications/cancelled} is about, or null. */
    public @Nullable InFlight cancelledBy(Notification notification) {
        RequestId id = cancelledId(notification);
        return id == null ? null : find(id);
    }

    private static @Nullable RequestId cancelledId(Notification notification) {
        ObjectNode params = notification.params();
        return params == null || !notification.method().equals("notifications/cancelled")
                ? null
                : RequestId.of(params.get("requestId"));
    }

    /** Requests at work or waiting, subscriptions not counted. */
    public int count() {
        return counted;
    }

    /**
     * Whether no answer is owed: none is being worked on, and none is on its way into the queue.
     */
    public synchronized boolean isIdle() {
        return counted == 0 && ending == 0;
    }

    public void cancelAll() {
        all().forEach(InFlight::cancel);
    }

    /** Those that ran longer than the timeout. */
    public List<InFlight> overdue(long nowNanos) {
        if (count() == 0) {
            return List.of();
        }
        return all().stream().filter(request -> request.isOverdue(nowNanos)).toList();
    }

    public synchronized List<InFlight> all() {
        return List.copyOf(requests.values());
    }

    synchronized void remove(InFlight request, boolean exempt) {
        requests.remove(request.id(), request);
        if (!exempt) {
            counted--;
        }
        leaveTurnLocked(request);
        ending++;
    }

    private void leaveTurnLocked(InFlight request) {
        if (request.holdsTurn) {
            request.holdsTurn = false;
            working--;
        } else {
            waiting.remove(request);
        }
    }

    /** The answer of a {@linkplain #remove removed} request is queued, if it has one. */
    void ended() {
        synchronized (this) {
            ending--;
            if (waiting.isEmpty()) {
                return;
            }
        }
        beginWaiting();
    }

    /** A subscription: it takes no part in the limit any more. */
    void exempt(InFlight request) {
        synchronized (this) {
            counted--;
            leaveTurnLocked(request);
        }
        beginWaiting();
    }
}
