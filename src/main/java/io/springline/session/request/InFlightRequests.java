package io.springline.session.request;

import io.springline.concurrent.SharedThread;
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
 * The requests in flight of one session, by typed id: {@code 1} and {@code "1"} are different.
 * Legacy and modern requests share the table, since {@code notifications/cancelled} does not tell
 * its revision. Lock order: an {@link InFlight} before its table. Safe for use by many threads.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField") // written with the lock held
public final class InFlightRequests {

    /** The result of {@link #open}. */
    public sealed interface Opening {}

    /** The request is registered, and is to be answered or cancelled exactly once. */
    public record Opened(InFlight request) implements Opening {}

    /** A request with this id is in flight; it is not affected. */
    public record Duplicate() implements Opening {}

    /** {@code limit} requests are running, and as many wait. */
    public record Full(int limit) implements Opening {}

    /**
     * The longest pause of the reading thread, since a response may follow the waiting requests.
     */
    private static final long PAUSE_NANOS = 10_000_000;

    // most sessions have no or one request at a time
    private final Map<RequestId, InFlight> requests = new HashMap<>(2);
    private final Map<InFlight, Runnable> waiting = new LinkedHashMap<>();
    private final int limit;
    private final long timeoutNanos;
    private volatile int counted;
    private int working;
    private int ending;

    /**
     * @param limit the highest number of running requests, subscriptions excepted; at least 1. As
     *     many again may wait
     * @param timeout the time after which a request is {@linkplain #overdue overdue}
     */
    public InFlightRequests(int limit, Duration timeout) {
        this.limit = limit;
        this.timeoutNanos = timeout.toNanos();
    }

    /**
     * Registers a request.
     *
     * @param reply receives the one answer, on the thread that ends the request. It may encode and
     *     write, and must not block
     * @param onSilentEnd called instead if the request is cancelled
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
     * Returns true if the handler of a registered request may run now. Otherwise the handler waits
     * in the order of arrival, and runs on a virtual thread once another request has ended.
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

    /** Returns false if {@link #awaitRoom} would block after one more request. */
    public synchronized boolean hasRoom() {
        return working < limit || waiting.size() < limit / 2;
    }

    /**
     * Blocks the thread that reads the session for at most 10 ms while more than half of the places
     * for waiting requests are taken. The wait is short so that responses, cancellations and pings
     * behind many requests are still read.
     */
    public synchronized void awaitRoom() throws InterruptedException {
        long left = PAUSE_NANOS;
        long until = System.nanoTime() + left;
        while (waiting.size() > limit / 2 && left > 0) {
            assert SharedThread.mayBlock("for earlier requests");
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

    /** Returns the request that {@code notifications/cancelled} names, or null. */
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

    /** Returns the number of running and waiting requests, subscriptions excepted. */
    public int count() {
        return counted;
    }

    /**
     * Returns true if no request is in flight and no answer is about to be queued, subscriptions
     * excepted.
     */
    public synchronized boolean isIdle() {
        return counted == 0 && ending == 0;
    }

    public void cancelAll() {
        all().forEach(InFlight::cancel);
    }

    /** Returns the requests whose timeout has passed. */
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

    /** Records that the answer of a {@linkplain #remove removed} request, if any, is queued. */
    void ended() {
        synchronized (this) {
            ending--;
            if (waiting.isEmpty()) {
                return;
            }
        }
        beginWaiting();
    }

    /** Excludes a subscription from the limit. */
    void exempt(InFlight request) {
        synchronized (this) {
            counted--;
            leaveTurnLocked(request);
        }
        beginWaiting();
    }
}
