package io.springline.resume;

import io.springline.session.Outbound;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * What has been sent to a client and not been acknowledged, counted from 1 without a gap. Not safe
 * for use by many threads: its connection guards it. Only {@link #bytes} and {@link #isOverLimit}
 * may be asked by any thread.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField")
final class OutboundLog {

    /** What a message is charged beyond its payload, so that small ones have a bound as well. */
    static final int OVERHEAD_BYTES = 64;

    private final ArrayDeque<Outbound> unacknowledged = new ArrayDeque<>();
    private final long limitBytes;
    private long acknowledged;
    private volatile long bytes;

    /**
     * @param limitBytes beyond which the log {@linkplain #isOverLimit is over its limit}; it takes
     *     messages all the same
     */
    OutboundLog(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Goes on where another has stopped. */
    void restore(long number, List<Outbound> kept) {
        acknowledged = number;
        kept.forEach(this::append);
    }

    /**
     * Goes on behind a message that the client has and this log never saw.
     *
     * @param received more than {@link #sent()}
     */
    void skipTo(long received, Consumer<Outbound> forgotten) {
        acknowledge(sent(), forgotten);
        acknowledged = received;
    }

    void append(Outbound message) {
        unacknowledged.add(message);
        bytes += charge(message);
    }

    /** Whether there is room; a message of any size fits into an empty log. */
    boolean fits(Outbound message) {
        return bytes == 0 || bytes + charge(message) <= limitBytes;
    }

    /**
     * As {@link #fits}, with half of the room, so that what can be dropped crowds out no answer.
     */
    boolean fitsIfDispensable(Outbound message) {
        return bytes == 0 || bytes + charge(message) <= limitBytes / 2;
    }

    /**
     * Forgets the messages up to this one.
     *
     * @param received from {@link #acknowledged()} to {@link #sent()}
     * @param forgotten is given each
     */
    void acknowledge(long received, Consumer<Outbound> forgotten) {
        if (received < acknowledged || received > sent()) {
            throw new IllegalArgumentException("%d to %d".formatted(acknowledged, sent()));
        }
        while (acknowledged < received) {
            Outbound message = unacknowledged.remove();
            bytes -= charge(message);
            acknowledged++;
            forgotten.accept(message);
        }
    }

    /** The number of the last message that was acknowledged, 0 before the first. */
    long acknowledged() {
        return acknowledged;
    }

    /** The number of the last message, 0 before the first. */
    long sent() {
        return acknowledged + unacknowledged.size();
    }

    /** Those after {@link #acknowledged()}, in order. */
    Collection<Outbound> unacknowledged() {
        return unacknowledged;
    }

    boolean isOverLimit() {
        return bytes > limitBytes;
    }

    long bytes() {
        return bytes;
    }

    void clear() {
        unacknowledged.clear();
        bytes = 0;
    }

    private static long charge(Outbound message) {
        return message.payload().length + OVERHEAD_BYTES;
    }
}
