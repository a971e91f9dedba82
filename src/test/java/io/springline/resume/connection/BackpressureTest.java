package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.resume.connection.Attachment.Hearing;
import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.RecordingConnection;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

/** {@link ResumableConnectionTest} has the threads that wait. */
class BackpressureTest {

    private static final int LIMIT = 100;

    private final OutboundLog log =
            new OutboundLog(LIMIT, UnreadMemory.unlimited().account(() -> "alice"));
    private final Attachment attachment = new Attachment("id", 0);
    private final RecordingConnection socket = new RecordingConnection();
    private final Backpressure backpressure =
            new Backpressure(log, attachment, new ReentrantLock().newCondition());

    private void fill() {
        log.append(Outbound.essential(new byte[LIMIT]));
    }

    @Test
    void hasNoRoomWhileTheLogIsOverItsLimitAndTheClientIsAttached() {
        assertThat(backpressure.hasRoom()).isTrue();
        fill();
        assertThat(backpressure.hasRoom()).isTrue();
        attachment.attach(socket, Hearing.HEARD);
        assertThat(backpressure.hasRoom()).isFalse();
        log.acknowledge(1, _ -> {});
        assertThat(backpressure.hasRoom()).isTrue();
    }

    @Test
    void findsAClientThatAcknowledgesNothingForTooLong() {
        attachment.attach(socket, Hearing.HEARD);
        fill();
        assertThat(backpressure.recordAndFindStalled(0)).isNull();
        assertThat(backpressure.recordAndFindStalled(Backpressure.STALLED_AFTER_NANOS - 1))
                .isNull();
        assertThat(backpressure.recordAndFindStalled(Backpressure.STALLED_AFTER_NANOS))
                .isSameAs(socket);
    }

    @Test
    void givesAClientThatHasAcknowledgedTimeAnew() {
        attachment.attach(socket, Hearing.HEARD);
        fill();
        backpressure.recordAndFindStalled(0);
        backpressure.recordProgress();
        assertThat(backpressure.recordAndFindStalled(Backpressure.STALLED_AFTER_NANOS)).isNull();
    }

    @Test
    void waitsForNoClientThatIsAway() {
        fill();
        backpressure.recordAndFindStalled(0);
        assertThat(backpressure.recordAndFindStalled(Backpressure.STALLED_AFTER_NANOS)).isNull();
    }
}
