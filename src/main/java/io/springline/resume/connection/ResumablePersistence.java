package io.springline.resume.connection;

import io.springline.concurrent.SharedThread;
import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.RequestId;
import io.springline.resume.connection.Attachment.Hearing;
import io.springline.resume.connection.RequestDeduplicator.Elsewhere;
import io.springline.resume.connection.RequestDeduplicator.First;
import io.springline.resume.connection.RequestDeduplicator.Kept;
import io.springline.resume.connection.RequestDeduplicator.Running;
import io.springline.resume.connection.RequestDeduplicator.Settled;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import io.springline.session.Connection;
import io.springline.session.Deduplication;
import io.springline.session.MovedException;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionState;
import java.util.function.Supplier;

/**
 * The persistence of a resumable session: its state, the ids of its requests, and its kept
 * messages. Safe for use by many threads: takes the lock of the connection.
 */
final class ResumablePersistence implements SessionPersistence {

    private final ResumableConnection connection;
    private final StateLock lock;
    private final Attachment attachment;
    private final StoredTokens tokens;
    private final DeliveryJournal journal;
    private final OutboundDelivery delivery;

    /**
     * @param lock the lock of the connection
     */
    ResumablePersistence(
            ResumableConnection connection,
            StateLock lock,
            Attachment attachment,
            StoredTokens tokens,
            DeliveryJournal journal,
            OutboundDelivery delivery) {
        this.connection = connection;
        this.lock = lock;
        this.attachment = attachment;
        this.tokens = tokens;
        this.journal = journal;
        this.delivery = delivery;
    }

    @Override
    public Write writeState(SessionState agreed) {
        return owned(connection.lease().state(agreed));
    }

    @Override
    public Write writeRunning(RequestId request) {
        return owned(connection.lease().running(request));
    }

    private static Write owned(Written written) {
        return () -> {
            assert StateLock.noneHeld("wait for the store");
            assert SharedThread.mayBlock("for the store");
            if (written.await() == Outcome.LOST) {
                throw new MovedException();
            }
        };
    }

    @Override
    public void forward(Supplier<byte[]> encode) {
        connection.handover().forward(encode);
    }

    /** If the request has a kept answer, sends it again. */
    @Override
    public Deduplication claim(RequestId request) {
        Deduplication repetition;
        try (var _ = lock.hold()) {
            repetition =
                    switch (connection.binding().isNamed()
                            ? journal.claimAgain(request)
                            : journal.claim(request)) {
                        case First() -> Deduplication.NONE;
                        case Running(), Elsewhere(_) -> Deduplication.SERVED;
                        case Kept(var answer) -> {
                            delivery.repeat(answer);
                            yield Deduplication.SERVED;
                        }
                        case Settled() -> Deduplication.STALE;
                    };
        }
        if (repetition == Deduplication.SERVED) {
            connection.flush();
        }
        return repetition;
    }

    @Override
    public void disclaim(RequestId request) {
        try (var _ = lock.hold()) {
            journal.disclaim(request);
        }
    }

    @Override
    public void unanswered(RequestId request) {
        try (var _ = lock.hold()) {
            journal.unanswered(request);
        }
    }

    @Override
    public boolean acknowledge(long received) {
        try (var _ = lock.hold()) {
            if (received <= journal.log().acknowledged() || received > journal.log().sent()) {
                return received <= journal.log().sent();
            }
            delivery.acknowledge(received);
        }
        connection.flush();
        return true;
    }

    @Override
    public void replay(long after, Runnable begin, Reader reader) {
        try (var _ = lock.hold()) {
            begin.run();
            journal.replay(after, reader);
        }
    }

    @Override
    public boolean runsElsewhere(RequestId request) {
        return connection.handover().elsewhere().containsKey(request);
    }

    /** Makes the newest token the only good one, since the client has it. */
    @Override
    public boolean recordMessageFrom(Connection over) {
        Hearing hearing = attachment.hearingOn(over);
        if (hearing == Hearing.SILENT) {
            confirm(over);
        }
        return hearing != null && hearing != Hearing.PARKED;
    }

    private void confirm(Connection over) {
        try (var _ = lock.hold()) {
            if (attachment.hearingOn(over) == Hearing.SILENT) {
                attachment.attach(over, Hearing.HEARD);
                tokens.confirm();
            }
        }
    }

    @Override
    public boolean hasRoom() {
        return connection.hasRoom();
    }
}
