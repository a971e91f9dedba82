package io.springline.cluster.session;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Script;
import io.springline.cluster.session.LeaseState.Event;
import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The owner's write access to one session in Redis. At most one command is in progress. Writes that
 * arrive meanwhile form the next batch, so a busy session needs fewer commands per message.
 *
 * <p>The methods of {@link SessionLease} only queue, so callers may hold locks of their own.
 * Another thread sends the commands and handles the results, without the lock of this object.
 */
final class RedisLease implements SessionLease {

    /** The action to take after the lock is released. */
    private enum Next {
        NOTHING,
        FLUSH,
        CATCH_UP,
        GIVE_UP,
        FORGET
    }

    /** The value of {@link #kept} for a session that Redis has never had. */
    private static final long NONE = -1;

    private final RedisSessionStore store;
    private final Binding binding;
    private final long fence;
    private final long before;
    private final ForwardQueue forwarding;
    private final ForwardedMessageReader arrivals;
    private final LeaseRunner runner;
    private final WriteQueue queue;
    private LeaseState state;
    private long kept;
    private boolean parked;
    private boolean interrupted;
    private boolean released;
    private @Nullable Reason ended;

    private RedisLease(
            RedisSessionStore store,
            Binding binding,
            long fence,
            long before,
            long kept,
            LeaseState state) {
        this.store = store;
        this.binding = binding;
        this.fence = fence;
        this.before = before;
        this.kept = kept;
        this.state = state;
        this.queue = new WriteQueue(store.runtime()::nanoTime);
        this.forwarding = new ForwardQueue(store, binding, fence);
        this.runner = new LeaseRunner(store, binding, fence);
        this.arrivals = new ForwardedMessageReader(store, this);
    }

    /**
     * Returns a lease for a session that Redis does not have. The caller makes its first {@link
     * #push}.
     */
    static RedisLease opened(RedisSessionStore store, Binding binding) {
        return new RedisLease(store, binding, 1, 0, NONE, LeaseState.WRITING);
    }

    static RedisLease claimed(RedisSessionStore store, Binding binding, ClaimAnswer answer) {
        return new RedisLease(
                store,
                binding,
                answer.fence(),
                answer.before(),
                answer.session().sent(),
                LeaseState.IDLE);
    }

    Binding binding() {
        return binding;
    }

    @Override
    public long fence() {
        return fence;
    }

    @Override
    public long before() {
        return before;
    }

    @Override
    public Written tokens(List<String> digests) {
        return write(Bytes.of("tokens"), Bytes.of(String.join(" ", digests)));
    }

    @Override
    public Written running(RequestId request) {
        return runner.record(
                request, () -> write(Bytes.of("running"), Bytes.of(request), runner.text()));
    }

    @Override
    public void sent(long number, Outbound message) {
        var arguments =
                List.of(
                        Bytes.of("sent"),
                        Bytes.of(number),
                        Bytes.of(message.answers()),
                        message.payload(),
                        Bytes.of(message.belongsTo()));
        write(new Write(arguments, number, List.of(message)));
    }

    @Override
    public void acknowledged(long number) {
        write(Bytes.of("acknowledged"), Bytes.of(number));
    }

    @Override
    public void settled(RequestId request) {
        write(Bytes.of("settled"), Bytes.of(request), Bytes.of(StoredSession.MAX_SETTLED));
    }

    @Override
    public Written state(SessionState agreed) {
        return write(Bytes.of("state"), StateJson.write(agreed));
    }

    @Override
    public void taken(String entry) {
        arrivals.taken(entry);
        write(Bytes.of("taken"), Bytes.of(entry));
    }

    @Override
    public void end(Reason reason) {
        boolean unknown;
        synchronized (this) {
            ended = reason;
            unknown = state == LeaseState.BEHIND && kept == NONE;
        }
        if (unknown) {
            store.ended(this);
        } else {
            write(Bytes.of("end"), Bytes.of(reason.wireName()));
        }
    }

    /** Renews the session's expiry in Redis, or detects that the session has expired. */
    void touch() {
        if (isBehind()) {
            store.behind(this);
        } else {
            write();
        }
    }

    private Written write(byte[]... arguments) {
        return write(new Write(List.of(arguments)));
    }

    private Written write(Write write) {
        Next next = Next.NOTHING;
        synchronized (this) {
            switch (state) {
                case LOST -> refused(write);
                case BEHIND, STALE -> write.done().complete(Outcome.ALONE);
                case IDLE, WRITING -> {
                    if (parked) {
                        write.done().complete(Outcome.ALONE);
                    } else {
                        queue.add(write);
                        next = state == LeaseState.IDLE ? Next.FLUSH : Next.NOTHING;
                        state = state.after(Event.QUEUED);
                    }
                }
            }
        }
        if (next == Next.FLUSH) {
            store.runtime().execute(this::flush);
        }
        return new WriteResult(store, this, write.done());
    }

    /** Sends the next batch. Called by one thread at a time, in WRITING or STALE. */
    private void flush() {
        var arguments = new ArrayList<byte[]>();
        boolean stale;
        synchronized (this) {
            stale = state != LeaseState.WRITING;
            if (stale) {
                state = state.after(Event.MISSED);
            } else {
                arguments.add(Bytes.of(fence));
                arguments.add(Bytes.of(store.life().toMillis()));
                queue.takeBatch().forEach(write -> arguments.addAll(write.arguments()));
            }
        }
        if (stale) {
            store.behind(this);
        } else {
            store.<byte[]>run(Script.WRITE, binding, arguments).whenComplete(this::written);
        }
    }

    /**
     * Marks the session as behind, because Redis is unreachable. A {@link #push} later writes what
     * Redis has missed.
     */
    synchronized void fallBehind() {
        interrupted = true; // the answer in progress may be a refusal, and no push follows
        state = state.after(Event.AWAY);
        queue.abandon();
    }

    /**
     * Begins to catch up: writes wait from now on for the {@link #push} that the caller makes.
     *
     * @return false if nothing is to be pushed, or not yet
     */
    boolean catchUp() {
        Reason reason;
        synchronized (this) {
            if (state != LeaseState.BEHIND || parked) {
                return false;
            }
            reason = ended;
            interrupted = true;
            state = state.after(Event.CATCH_UP);
            if (reason != null) {
                queue.add(new Write(List.of(Bytes.of("end"), Bytes.of(reason.wireName()))));
            }
        }
        if (reason != null) {
            flush();
        }
        return reason == null;
    }

    /**
     * Writes all of the session.
     *
     * @param session a snapshot taken after {@link #catchUp}. If null, because the session has
     *     ended or does not exist yet, the lease stays behind
     */
    Written push(@Nullable StoredSession session) {
        if (session == null) {
            synchronized (this) {
                state = state.after(Event.MISSED);
                queue.abandon();
            }
            return Written.of(Outcome.ALONE);
        }
        List<Outbound> messages = session.unacknowledged();
        Write write;
        synchronized (this) {
            int known = Math.clamp(kept - session.acknowledged(), 0, messages.size());
            write = new Write(List.of(), session.sent(), messages.subList(known, messages.size()));
            queue.begin(write);
        }
        store.<byte[]>run(Script.PUSH, binding, SessionSnapshot.arguments(this, store, session))
                .whenComplete(this::written);
        return new WriteResult(store, this, write.done());
    }

    private void written(byte @Nullable [] answer, @Nullable Throwable failure) {
        String result = answer == null ? "failed" : Bytes.text(answer);
        Next next;
        synchronized (this) {
            List<Write> done = queue.finish();
            next =
                    switch (result) {
                        case "ok" -> arrived(done);
                        case "lost" -> lost(done);
                        case "missing" -> ended == null ? missed(done) : lost(done);
                        default -> missed(done);
                    };
        }
        if (failure != null) {
            store.failed(this, failure);
            return;
        }
        switch (next) {
            case FLUSH -> flush();
            case CATCH_UP -> store.behind(this);
            case GIVE_UP -> store.lost(this);
            case FORGET -> store.ended(this);
            case NOTHING -> {}
        }
    }

    private Next arrived(List<Write> done) {
        for (Write write : done) {
            kept = Math.max(kept, write.last());
            write.done().complete(Outcome.KEPT);
        }
        state = state.after(queue.isWaiting() ? Event.KEPT_SOME : Event.KEPT_ALL);
        return switch (state) {
            case BEHIND -> Next.CATCH_UP;
            case WRITING -> Next.FLUSH;
            default -> ended == null ? Next.NOTHING : Next.FORGET;
        };
    }

    private Next missed(List<Write> done) {
        if (released) {
            return lost(done); // nothing is left that a push could write
        }
        done.forEach(Write::abandon);
        state = state.after(Event.MISSED);
        queue.abandon();
        return Next.CATCH_UP;
    }

    private Next lost(List<Write> done) {
        state = state.after(Event.REFUSED);
        done.forEach(this::refused);
        queue.clear().forEach(this::refused);
        return Next.GIVE_UP;
    }

    /**
     * Completes a refused write and forwards its messages. {@code forward.lua} drops what the
     * client has received already, except for answers: the new owner must learn that the request
     * has ended, and the client drops a second answer.
     */
    private void refused(Write write) {
        write.done().complete(Outcome.LOST);
        long number = write.last() - write.messages().size();
        for (Outbound message : write.messages()) {
            number++;
            if (message.kind().goesAlong()) {
                forwarding.add(message, number);
            }
        }
    }

    /** Returns for how long the command in progress, if any, is unanswered. */
    synchronized Duration unanswered() {
        return queue.unanswered();
    }

    synchronized boolean isBehind() {
        return state.isBehind();
    }

    synchronized boolean isBusy() {
        return state.isBusy();
    }

    @Override
    public synchronized boolean release() {
        released = true;
        return interrupted || state.isBehind();
    }

    @Override
    public synchronized boolean isLost() {
        return state == LeaseState.LOST;
    }

    @Override
    public void forward(Outbound message) {
        forwarding.add(message, ForwardQueue.NOT_NUMBERED);
    }

    @Override
    public void tell(String node, byte[] message) {
        store.tell(node, binding.session(), message);
    }

    @Override
    public void ready() {
        store.ready(this);
    }

    @Override
    public void poll(Runnable then) {
        arrivals.read(then);
    }

    @Override
    public synchronized void park() {
        parked = true;
    }
}
