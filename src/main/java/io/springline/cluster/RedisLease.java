package io.springline.cluster;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Outbound;
import io.springline.session.Resumption.Reason;
import io.springline.session.SeenRequests;
import io.springline.session.SessionLease;
import io.springline.session.SessionState;
import io.springline.session.SessionStore.Binding;
import io.springline.session.StoredSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One session's way into Redis. At most one batch of writes is on its way; what comes meanwhile is
 * the next batch, so that the busier a session is, the fewer commands it takes for each message.
 *
 * <pre>
 * OWNING ──Redis is away──▶ BEHIND ──it is back: all of it is told again──▶ OWNING
 *    └─────a write is refused─────┴──▶ LOST    what is said from then on is forwarded
 * </pre>
 */
final class RedisLease implements SessionLease {

    /** What one batch takes of what waits. */
    private static final int BATCH_BYTES = 256 * 1024;

    private enum State {
        OWNING,
        BEHIND,
        LOST
    }

    /**
     * One write.
     *
     * @param message what has to be forwarded if it is refused, or null
     */
    private record Write(
            List<byte[]> arguments, @Nullable Outbound message, CompletableFuture<Outcome> done) {

        int bytes() {
            return arguments.stream().mapToInt(each -> each.length).sum();
        }
    }

    private final RedisSessionStore store;
    private final Binding binding;
    private final long fence;
    private final ArrayDeque<Write> waiting = new ArrayDeque<>();
    private List<Write> underway = List.of();
    private State state = State.OWNING;
    private boolean busy;
    private boolean parked;
    private @Nullable Reason ended;
    private volatile String lastArrival = "0-0";

    RedisLease(RedisSessionStore store, Binding binding, long fence) {
        this.store = store;
        this.binding = binding;
        this.fence = fence;
    }

    Binding binding() {
        return binding;
    }

    @Override
    public long fence() {
        return fence;
    }

    @Override
    public Written tokens(List<String> digests) {
        return write(null, Bytes.of("tokens"), Bytes.of(String.join(" ", digests)));
    }

    @Override
    public Written running(RequestId request) {
        return write(null, Bytes.of("running"), Bytes.of(request), Bytes.of(store.node()));
    }

    @Override
    public void sent(long number, Outbound message) {
        write(
                message,
                Bytes.of("sent"),
                Bytes.of(number),
                Bytes.of(message.answers()),
                message.payload());
    }

    @Override
    public void acknowledged(long number) {
        write(null, Bytes.of("acknowledged"), Bytes.of(number));
    }

    @Override
    public void settled(RequestId request) {
        write(null, Bytes.of("settled"), Bytes.of(request), Bytes.of(SeenRequests.REMEMBERED));
    }

    @Override
    public Written state(SessionState agreed) {
        return write(null, Bytes.of("state"), StateJson.write(agreed));
    }

    @Override
    public void taken(String entry) {
        write(null, Bytes.of("taken"), Bytes.of(entry));
    }

    @Override
    public void end(Reason reason) {
        synchronized (this) {
            ended = reason;
        }
        write(null, Bytes.of("end"), Bytes.of(reason.wireName()));
    }

    /** Keeps Redis from forgetting the session, and finds out whether it has already. */
    void touch() {
        if (isBehind()) {
            store.behind(this);
        } else {
            write(null);
        }
    }

    private Written write(@Nullable Outbound message, byte[]... arguments) {
        var done = new CompletableFuture<Outcome>();
        boolean forward = false;
        synchronized (this) {
            if (state == State.LOST) {
                forward = true;
                done.complete(Outcome.LOST);
            } else if (parked || state == State.BEHIND) {
                done.complete(Outcome.ALONE);
            } else {
                waiting.add(new Write(List.of(arguments), message, done));
                send();
            }
        }
        if (forward && message != null) {
            forwardIfDue(message);
        }
        return () -> await(done);
    }

    private Outcome await(CompletableFuture<Outcome> done) throws InterruptedException {
        try {
            return done.get(store.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            store.away("no answer within " + store.patience());
            return Outcome.ALONE;
        } catch (java.util.concurrent.ExecutionException e) {
            return Outcome.ALONE;
        }
    }

    /** Sends the next batch, unless one is on its way. */
    private void send() {
        if (busy || waiting.isEmpty()) {
            return;
        }
        var batch = new ArrayList<Write>();
        int bytes = 0;
        while (!waiting.isEmpty() && (batch.isEmpty() || bytes < BATCH_BYTES)) {
            Write next = waiting.remove();
            bytes += next.bytes();
            batch.add(next);
        }
        busy = true;
        underway = batch;
        var arguments = new ArrayList<byte[]>();
        arguments.add(Bytes.of(fence));
        arguments.add(store.life());
        batch.forEach(write -> arguments.addAll(write.arguments()));
        store.<byte[]>run(Script.WRITE, binding, arguments).whenComplete(this::written);
    }

    /** Redis is away: what it misses from now on is told in a {@link #push}. */
    void fallBehind() {
        List<Write> missed;
        synchronized (this) {
            if (state == State.LOST) {
                return;
            }
            state = State.BEHIND;
            missed = drain();
        }
        missed.forEach(write -> write.done().complete(Outcome.ALONE));
    }

    /**
     * Begins to catch up: from now on writes wait for the {@link #push} that the caller makes.
     *
     * @return false when there is nothing to be pushed, or not yet
     */
    synchronized boolean catchUp() {
        if (state != State.BEHIND || busy || parked) {
            return false;
        }
        state = State.OWNING;
        Reason reason = ended;
        if (reason != null) {
            write(null, Bytes.of("end"), Bytes.of(reason.wireName()));
            return false;
        }
        busy = true;
        return true;
    }

    /**
     * Tells Redis all of the session.
     *
     * @param session as it was at some time after {@link #catchUp}; null when it is not there, or
     *     not yet: then it stays behind
     */
    Written push(@Nullable StoredSession session) {
        if (session == null) {
            synchronized (this) {
                state = State.BEHIND;
                busy = false;
            }
            return () -> Outcome.ALONE;
        }
        var done = new CompletableFuture<Outcome>();
        synchronized (this) {
            busy = true;
            underway = List.of(new Write(List.of(), null, done));
        }
        store.<byte[]>run(Script.PUSH, binding, Pushed.arguments(this, store, session))
                .whenComplete(this::written);
        return () -> await(done);
    }

    private void written(byte @Nullable [] answer, @Nullable Throwable failure) {
        String result = answer == null ? "failed" : Bytes.text(answer);
        List<Write> done;
        List<Write> missed = List.of();
        State now;
        synchronized (this) {
            done = underway;
            underway = List.of();
            busy = false;
            if (result.equals("lost") || ended != null && result.equals("missing")) {
                state = State.LOST;
            } else if (!result.equals("ok")) {
                state = State.BEHIND;
            }
            now = state;
            if (now == State.OWNING) {
                send();
            } else {
                missed = drain();
            }
        }
        Outcome outcome = result.equals("ok") ? Outcome.KEPT : Outcome.ALONE;
        switch (now) {
            case OWNING -> {
                done.forEach(write -> write.done().complete(Outcome.KEPT));
                if (isOver()) {
                    store.ended(this);
                }
            }
            case BEHIND -> {
                done.forEach(write -> write.done().complete(outcome));
                missed.forEach(write -> write.done().complete(Outcome.ALONE));
                if (failure != null) {
                    store.away(failure.toString());
                }
                store.behind(this);
            }
            case LOST -> {
                done.forEach(this::refused);
                missed.forEach(this::refused);
                store.lost(this);
            }
        }
    }

    synchronized boolean isBehind() {
        return state == State.BEHIND;
    }

    synchronized boolean isBusy() {
        return busy;
    }

    /** Whether nothing more is to be written. */
    private synchronized boolean isOver() {
        return ended != null && waiting.isEmpty() && !busy;
    }

    private List<Write> drain() {
        List<Write> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    private void refused(Write write) {
        write.done().complete(Outcome.LOST);
        if (write.message() != null) {
            forwardIfDue(write.message());
        }
    }

    private void forwardIfDue(Outbound message) {
        if (message.kind().goesAlong()) {
            forward(message);
        }
    }

    @Override
    public void forward(Outbound message) {
        store.forward(this, message);
    }

    @Override
    public void tell(String node, byte[] message) {
        store.tell(node, binding.session(), message);
    }

    @Override
    public void poll() {
        store.deliverArrivals(binding.session());
    }

    /** The last arrival that was delivered. */
    String lastArrival() {
        return lastArrival;
    }

    void lastArrival(String entry) {
        lastArrival = entry;
    }

    /** What is on its way still arrives. */
    @Override
    public void park() {
        synchronized (this) {
            parked = true;
        }
    }
}
