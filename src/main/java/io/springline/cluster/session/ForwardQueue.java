package io.springline.cluster.session;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Redis;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.session.Outbound;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The queue of messages from a former owner to the owner of one session. Messages are sent in
 * order, one at a time. While Redis is unreachable they wait, within the bytes that a session keeps
 * for its client. Above that limit progress is dropped, and an answer is replaced by a notice that
 * it is lost.
 *
 * <p>Sent answers are kept for {@link #KEPT}, and sent again if Redis has been unreachable
 * meanwhile: it may have lost them before the owner read them, and no other copy exists. The owner
 * drops duplicates.
 */
final class ForwardQueue {

    /** The number of failures after which a message is dropped. It is tried once a second. */
    private static final int MAX_FAILURES = 60;

    /** The time for which sent answers are kept, much longer than an owner takes to read them. */
    private static final Duration KEPT = Duration.ofSeconds(20);

    /** The number of a message that its owner had not numbered when the session moved. */
    static final long NOT_NUMBERED = 0;

    private record Waiting(Outbound message, long number) {}

    private record Sent(Waiting answer, long atNanos) {}

    private final String name;
    private final RedisSessionStore store;
    private final Binding binding;
    private final long fence;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private long bytes;
    private boolean sending;
    private int failures;

    /**
     * @param fence the fencing token of the former owner
     */
    ForwardQueue(RedisSessionStore store, Binding binding, long fence) {
        this.name = binding.session() + "#" + fence;
        this.store = store;
        this.binding = binding;
        this.fence = fence;
    }

    /**
     * Queues a message. May be called with a lock held.
     *
     * @param number the number that the former owner has given the message, or {@link
     *     #NOT_NUMBERED}
     */
    void add(Outbound message, long number) {
        synchronized (this) {
            Outbound next = message;
            while (!fits(message) && !sent.isEmpty()) {
                bytes -= sent.remove().answer().message().keptBytes();
            }
            if (!fits(message)) {
                if (message.answers() == null) {
                    store.dropped(binding, "too much waits");
                    return;
                }
                next = message.lost();
            }
            waiting.add(new Waiting(next, number));
            bytes += next.keptBytes();
            store.forwarding().put(name, this);
        }
        resume();
    }

    private boolean fits(Outbound message) {
        long limit =
                message.kind() == Outbound.Kind.ESSENTIAL
                        ? store.maxBuffered()
                        : store.maxBuffered() / 2;
        return bytes == 0 || bytes + message.keptBytes() <= limit;
    }

    /** Queues the kept answers again, because Redis may have lost them. */
    void sendAgain() {
        synchronized (this) {
            // a message that is being sent stays the first
            Waiting first = sending ? waiting.poll() : null;
            for (Sent last; (last = sent.pollLast()) != null; ) {
                waiting.addFirst(last.answer());
            }
            if (first != null) {
                waiting.addFirst(first);
            }
        }
        resume();
    }

    /**
     * Sends waiting messages if Redis can be reached, and forgets old answers. Called once a
     * second.
     */
    void resume() {
        synchronized (this) {
            long now = store.runtime().nanoTime();
            while (!sent.isEmpty() && now - sent.element().atNanos() > KEPT.toNanos()) {
                bytes -= sent.remove().answer().message().keptBytes();
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

    /** Returns true if messages wait to be sent, or for the answer of Redis. */
    synchronized boolean isBusy() {
        return !waiting.isEmpty();
    }

    private void sendNext() {
        Waiting head;
        synchronized (this) {
            head = store.isShared() ? waiting.peek() : null;
            sending = head != null;
        }
        if (head != null) {
            store.forward(binding, head.message(), head.number(), fence)
                    .whenComplete(this::answered);
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
            Waiting done = waiting.remove();
            boolean isAnswer = done.message().answers() != null;
            if (failure == null && !owner.isEmpty() && !missing && isAnswer) {
                sent.add(new Sent(done, store.runtime().nanoTime()));
            } else {
                bytes -= done.message().keptBytes();
            }
        }
        if (failure != null || missing) {
            store.dropped(binding, failure == null ? "there is no owner" : failure.toString());
        } else if (!owner.isEmpty()) {
            store.notifyArrival(owner, binding.session());
        }
        sendNext();
    }

    /**
     * Returns true if the message is to be tried again. The owner may not have written its session
     * yet, and Redis may be without a master for some time.
     */
    private synchronized boolean retryLater(@Nullable Throwable failure) {
        boolean again = failure != null && Redis.isOutage(failure) || ++failures < MAX_FAILURES;
        sending = !again;
        return again;
    }
}
