package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The messages that the outbound log of one HTTP session keeps: until they were delivered, are five
 * minutes old, or are too many. Not safe for use by many threads.
 */
final class KeptMessages {

    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);

    private static final class Kept {
        private final long number;
        private final long sinceNanos;
        private final @Nullable RequestId request;
        private boolean delivered;

        Kept(long number, @Nullable RequestId request, long sinceNanos) {
            this.number = number;
            this.request = request;
            this.sinceNanos = sinceNanos;
        }
    }

    private final ArrayDeque<Kept> kept = new ArrayDeque<>(0);

    /**
     * @param request the request that the message is about, or null
     */
    void add(long number, @Nullable RequestId request, long nowNanos) {
        kept.add(new Kept(number, request, nowNanos));
    }

    /** Records that the client has received the answers to these requests. */
    void delivered(Collection<RequestId> requests) {
        for (Kept each : kept) {
            each.delivered |= each.request != null && requests.contains(each.request);
        }
    }

    /**
     * Removes the oldest messages that need not be kept any more.
     *
     * @param tooMany whether to remove the older half in any case
     * @return the number of the last removed message, or 0
     */
    long removeOld(boolean tooMany, long nowNanos) {
        int half = kept.size() / 2;
        long last = 0;
        while (!kept.isEmpty()) {
            Kept oldest = kept.peek();
            boolean old = nowNanos - oldest.sinceNanos > KEPT_NANOS;
            if (!oldest.delivered && !old && !(tooMany && kept.size() > half)) {
                break;
            }
            last = oldest.number;
            kept.remove();
        }
        return last;
    }
}
