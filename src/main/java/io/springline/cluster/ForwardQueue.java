package io.springline.cluster;

import io.springline.resume.SessionStore.Binding;
import io.springline.session.Outbound;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one session's calls that still run on a former owner, on their way to the owner:
 * in order, one at a time. While Redis is away they wait, within the bytes that a session keeps for
 * its client; beyond, progress is dropped, and an answer is replaced by the news that it is lost.
 *
 * <p>Answers are kept for a while after they were sent, and sent again once Redis has been away: if
 * it has lost them before the owner has read them, nobody else has them. The owner drops what it
 * has already.
 */
final class ForwardQueue {

    /** What a message is charged beyond its payload. */
    static final int OVERHEAD_BYTES = 64;

    /** Failures after which a message is dropped; it is tried once a second. */
    private static final int MAX_FAILURES = 60;

    /** Much longer than an owner takes to read what was sent to it. */
    private static final Duration KEPT = Duration.ofSeconds(20);

    private record Sent(Outbound answer, long atNanos) {}

    private final String name;
    private final RedisSessionStore store;
    private final Binding binding;
    private final ArrayDeque<Outbound> waiting = new ArrayDeque<>();
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private long bytes;
    private boolean sending;
    private int failures;

    /**
     * @param fence of the former owner
     */
    ForwardQueue(RedisSessionStore store, Binding binding, long fence) {
        this.name = binding.session() + "#" + fence;
        this.store = store;
        this.binding = binding;
    }

    /** Queues a message; may be called with a lock held. */
    void add(Outbound message) {
        synchronized (this) {
            Outbound next = message;
            while (!fits(message) && !sent.isEmpty()) {
                bytes -= charge(sent.remove().answer());
            }
            if (!fits(message)) {
                if (message.answers() == null) {
                    store.dropped(binding, "too much waits");
                    return;
                }
                next = message.lost();
            }
            waiting.add(next);
            bytes += charge(next);
            store.forwarding().put(name, this);
        }
        resume();
    }

    private boolean fits(Outbound message) {
        long limit =
                message.kind() == Outbound.Kind.ESSENTIAL
                        ? store.maxBuffered()
                        : store.maxBuffered() / 2;
        return bytes == 0 || bytes + charge(message) <= limit;
    }

    private static long charge(Outbound message) {
        return message.payload().length + OVERHEAD_BYTES;
    }

    /** Redis is back, and may have lost what was sent to it. */
    void sendAgain() {
        synchronized (this) {
            // while one is under way it stays the first
            Outbound first = sending ? waiting.poll() : null;
            for (Sent last; (last = sent.pollLast()) != null; ) {
                waiting.addFirst(last.answer());
            }
            if (first != null) {
                waiting.addFirst(first);
            }
        }
        resume();
    }

    /** Goes on with what waits, if Redis is there. To be called from time to time. */
    void resume() {
        synchronized (this) {
            long now = store.runtime().nanoTime();
            while (!sent.isEmpty() && now - sent.element().atNanos() > KEPT.toNanos()) {
                bytes -= charge(sent.remove().answer());
            }
            if (waiting.isEmpty() && sent.isEmpty()) {
                store.forwarding().remove(name);
            }
            if (sending || waiting.isEmpty()) {
                return;
            }
            sending = true;
        }
        store.runtime().execute(this::sendNext);
    }

    private void sendNext() {
        Outbound head;
        synchronized (this) {
            head = store.isShared() ? waiting.peek() : null;
            sending = head != null;
        }
        if (head != null) {
            store.forward(binding, head).whenComplete(this::answered);
        }
    }

    private void answered(byte @Nullable [] answer, @Nullable Throwable failure) {
        String owner = answer == null ? "" : Bytes.text(answer);
        boolean missing = owner.equals("missing");
        if ((failure != null || missing) && retryLater(failure)) {
            if (failure != null) {
                store.failed("forward", failure);
            }
            return;
        }
        synchronized (this) {
            failures = 0;
            Outbound done = waiting.remove();
            if (failure == null && !owner.isEmpty() && !missing && done.answers() != null) {
                sent.add(new Sent(done, store.runtime().nanoTime()));
            } else {
                bytes -= charge(done);
            }
        }
        if (failure != null || missing) {
            store.dropped(binding, failure == null ? "there is no owner" : failure.toString());
        } else if (!owner.isEmpty()) {
            store.notifyArrival(owner, binding.session());
        }
        sendNext();
    }

    /** The owner may have yet to push its session, and Redis may have no master for a while. */
    private synchronized boolean retryLater(@Nullable Throwable failure) {
        boolean again = failure != null && Redis.isOutage(failure) || ++failures < MAX_FAILURES;
        sending = !again;
        return again;
    }
}
