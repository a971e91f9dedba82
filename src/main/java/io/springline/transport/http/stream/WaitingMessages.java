package io.springline.transport.http.stream;

import io.springline.session.Outbound;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The newest messages that wait for the stream that the client opens by GET: at most {@value #MAX},
 * each for up to a minute. Changes with an equal key are merged. Guarded by {@link SessionStreams}.
 */
final class WaitingMessages {

    static final int MAX = 64;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private record Waiting(Outbound message, long number, long sinceNanos) {}

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);

    /** Adds a message, and drops the oldest one if there are too many. */
    void add(Outbound message, long number) {
        Object key = message.coalesceKey();
        if (key != null) {
            waiting.removeIf(each -> key.equals(each.message.coalesceKey()));
        }
        if (waiting.size() == MAX) {
            waiting.remove();
        }
        waiting.add(new Waiting(message, number, System.nanoTime()));
    }

    /** Returns the number before the first message, or {@code otherwise} if there is none. */
    long before(long otherwise) {
        Waiting oldest = waiting.peek();
        return oldest == null ? otherwise : Math.max(0, oldest.number - 1);
    }

    /** Moves all messages that have not waited too long to {@code stream}. */
    void moveTo(ResponseStream stream) {
        long now = System.nanoTime();
        for (Waiting each; (each = waiting.poll()) != null; ) {
            if (now - each.sinceNanos < LONGEST_NANOS) {
                stream.enqueue(each.message, each.number);
            }
        }
    }

    void clear() {
        waiting.clear();
    }
}
