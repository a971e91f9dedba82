package io.springline.resume.connection;

import io.springline.resume.connection.Attachment.Attached;
import io.springline.resume.connection.Attachment.Detached;
import io.springline.resume.connection.Attachment.Ended;
import io.springline.resume.connection.Attachment.Hearing;
import io.springline.resume.connection.Attachment.Moved;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the messages of one resumable session: they are numbered, kept, queued at the
 * attached socket, replayed at the next one, forwarded once the session has moved, and released
 * when it ends.
 *
 * <p>If the log is over its limit, progress and log messages are dropped before they are numbered,
 * and changes are merged and wait. Answers are accepted while the client is attached, because their
 * threads {@linkplain Backpressure wait for room} first, and so are changes once too many wait.
 * While the client is detached, an answer over the limit ends the session, and so does a change
 * once too many wait.
 *
 * <p>Messages are queued at the socket and not written: the caller flushes after it has released
 * its lock. Not safe for use by many threads: the connection guards it.
 */
final class OutboundDelivery {

    private final SessionLease lease;
    private final DeliveryJournal journal;
    private final OutboundLog log;
    private final Attachment attachment;
    private final Backpressure backpressure;

    OutboundDelivery(
            SessionLease lease,
            DeliveryJournal journal,
            Attachment attachment,
            Backpressure backpressure) {
        this.lease = lease;
        this.journal = journal;
        this.log = journal.log();
        this.attachment = attachment;
        this.backpressure = backpressure;
    }

    /** Delivers a message as the state demands. */
    void enqueue(Outbound message) {
        switch (attachment.state()) {
            case Ended _ -> {}
            case Moved(var responses) -> {
                if (message.kind().goesAlong()) {
                    lease.forward(message);
                }
                if (responses != null) {
                    responses.enqueue(message);
                }
            }
            case Attached _ -> {
                if (message.kind() == Outbound.Kind.ESSENTIAL) {
                    number(message);
                } else if (journal.appendIfFits(message)) {
                    write(message);
                }
            }
            case Detached _ -> {
                if (journal.hasRoomFor(message)) {
                    journal.appendIfFits(message);
                } else {
                    end(Reason.OVERFLOW);
                }
            }
        }
    }

    /**
     * Sends a kept answer again. Without room it stays in the log: on its way, or to be replayed.
     */
    void repeat(Outbound answer) {
        if (log.fits(answer)) {
            number(answer);
        }
    }

    private void number(Outbound message) {
        journal.append(message);
        write(message);
    }

    /** Queues a numbered message, which must arrive, at the socket. */
    private void write(Outbound message) {
        Connection now = attachment.socket();
        if (now != null) {
            now.enqueue(message.undroppable());
        }
    }

    /**
     * Records that the client has received the messages up to this number, and makes use of the
     * room.
     *
     * @param received more than the log's acknowledged number, and not more than it has sent
     */
    void acknowledge(long received) {
        journal.acknowledge(received);
        backpressure.recordProgress();
        journal.releaseChanges(this::write);
        if (!log.isOverLimit()) {
            backpressure.wakeWaiters();
        }
    }

    /**
     * Attaches a socket whose client has received the messages up to this number. {@link #replay}
     * must follow.
     */
    void attach(Connection next, long received) {
        journal.acknowledge(received);
        attachment.attach(next, Hearing.SILENT);
        next.countedBySession();
        backpressure.wakeWaiters();
        backpressure.recordProgress();
    }

    /** Queues the unacknowledged messages at the attached socket, then the changes that wait. */
    void replay() {
        log.unacknowledged().forEach(this::write);
        journal.releaseChanges(this::write);
    }

    /**
     * Releases what is kept, because another node owns the session, and forwards the answers that
     * it may lack.
     *
     * @param responses the open responses of an HTTP session, or null
     */
    void move(@Nullable Connection responses) {
        if (attachment.move(responses)) {
            backpressure.wakeWaiters();
            if (lease.release()) {
                log.unacknowledged().stream()
                        .filter(message -> message.answers() != null)
                        .forEach(lease::forward);
            }
            journal.clear();
        }
    }

    /** Ends the session and releases what is kept. The first reason stays. */
    void end(Reason reason) {
        if (attachment.end(reason)) {
            backpressure.wakeWaiters();
            lease.end(reason);
            journal.clear();
        }
    }
}
