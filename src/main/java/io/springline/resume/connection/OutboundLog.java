package io.springline.resume.connection;

import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * The unacknowledged messages of one session, numbered from 1 without a gap. Not safe for use by
 * many threads: the connection guards it. Only {@link #bytes}, {@link #heldBytes} and {@link
 * #isOverLimit} may be called by any thread.
 */
@SuppressWarnings("NonAtomicOperationOnVolatileField")
public final class OutboundLog {

    private final ArrayDeque<Outbound> unacknowledged = new ArrayDeque<>();
    private final long limitBytes;
    private final UnreadMemory.Account unread;
    private long acknowledged;
    private volatile long bytes;
    private volatile long waitingBytes;

    /**
     * @param limitBytes the size above which the log {@linkplain #isOverLimit is over its limit}.
     *     It accepts messages above it, too
     */
    public OutboundLog(long limitBytes, UnreadMemory.Account unread) {
        this.limitBytes = limitBytes;
        this.unread = unread;
    }

    /** Continues with the messages of another owner. */
    void restore(long number, List<Outbound> kept) {
        acknowledged = number;
        kept.forEach(this::append);
    }

    /**
     * Continues after a message that the client has received and this log does not have.
     *
     * @param received more than {@link #sent()}
     */
    void skipTo(long received, Consumer<Outbound> forgotten) {
        acknowledge(sent(), forgotten);
        acknowledged = received;
    }

    void append(Outbound message) {
        unacknowledged.add(message);
        bytes += message.keptBytes();
        unread.set(heldBytes());
    }

    /** Sets the size of the messages that wait for room in this log. They count as unread, too. */
    void waiting(long bytes) {
        waitingBytes = bytes;
        unread.set(heldBytes());
    }

    /**
     * Returns true if the message fits within the limit. A message of any size fits into an empty
     * log.
     */
    boolean fits(Outbound message) {
        return bytes == 0 || bytes + message.keptBytes() <= limitBytes;
    }

    /**
     * Returns true if a message that may be dropped fits. It may use half of the limit, so that it
     * leaves room for answers.
     */
    boolean fitsIfDispensable(Outbound message) {
        return bytes == 0 || bytes + message.keptBytes() <= limitBytes / 2;
    }

    /**
     * Removes the messages up to this number.
     *
     * @param received from {@link #acknowledged()} to {@link #sent()}
     * @param forgotten called with each removed message
     */
    void acknowledge(long received, Consumer<Outbound> forgotten) {
        if (received < acknowledged || received > sent()) {
            throw new IllegalArgumentException("%d to %d".formatted(acknowledged, sent()));
        }
        while (acknowledged < received) {
            Outbound message = unacknowledged.remove();
            bytes -= message.keptBytes();
            acknowledged++;
            forgotten.accept(message);
        }
        unread.set(heldBytes());
    }

    /** Returns the number of the last acknowledged message, 0 before the first. */
    long acknowledged() {
        return acknowledged;
    }

    /** Returns the number of the last message, 0 before the first. */
    long sent() {
        return acknowledged + unacknowledged.size();
    }

    /** Returns the messages after {@link #acknowledged()}, in order. */
    Collection<Outbound> unacknowledged() {
        return unacknowledged;
    }

    /** Also true if its client as a whole {@linkplain #isHeldBack holds too much}. */
    boolean isOverLimit() {
        return bytes > limitBytes || isHeldBack();
    }

    /** Returns true if its client as a whole holds too much, and some of it here. */
    boolean isHeldBack() {
        return unread.isHeldBack();
    }

    /** Sets who discards these messages if the client as a whole holds too much. */
    void heldBy(UnreadMemory.Holder connection) {
        unread.heldBy(connection);
    }

    long bytes() {
        return bytes;
    }

    /** Returns the size of the numbered messages and of the changes that wait for room. */
    long heldBytes() {
        return bytes + waitingBytes;
    }

    /** Returns the size above which the log is over its limit. */
    long limitBytes() {
        return limitBytes;
    }

    void clear() {
        unacknowledged.clear();
        bytes = 0;
        waitingBytes = 0;
        unread.set(0);
    }
}
