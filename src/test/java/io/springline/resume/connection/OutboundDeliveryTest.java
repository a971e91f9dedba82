package io.springline.resume.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.connection.Attachment.Hearing;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.RecordingConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class OutboundDeliveryTest {

    private static final int SIZE = 36;

    /** Room for four messages of this size. */
    private static final long LIMIT = 4 * (SIZE + Outbound.OVERHEAD_BYTES);

    private final ReentrantLock lock = new ReentrantLock();
    private final List<String> writes = new ArrayList<>();
    private final OutboundLog log =
            new OutboundLog(LIMIT, UnreadMemory.unlimited().account(() -> "alice"));
    private final Attachment attachment = new Attachment("id", 0);
    private final RecordingConnection first = new RecordingConnection();
    private final RecordingConnection second = new RecordingConnection();
    private final OutboundDelivery delivery;

    OutboundDeliveryTest() {
        var lease = TestLease.of(1, 0, writes::add);
        delivery =
                new OutboundDelivery(
                        lease,
                        new DeliveryJournal(lease, log),
                        attachment,
                        new Backpressure(log, attachment, lock.newCondition()));
        lock.lock();
        attachment.attach(first, Hearing.HEARD);
    }

    private static Outbound message(String text, Kind kind) {
        return new Outbound("%36s".formatted(text).getBytes(UTF_8), kind, null);
    }

    private void send(String... texts) {
        for (String text : texts) {
            delivery.enqueue(message(text, Kind.ESSENTIAL));
        }
    }

    private static List<String> sent(RecordingConnection socket) throws InterruptedException {
        var sent = new ArrayList<String>();
        for (String next; (next = socket.next(0)) != null; ) {
            sent.add(next.strip());
        }
        return sent;
    }

    @Test
    void queuesAtTheSocketWhatItHasNumbered() throws Exception {
        send("a", "b");
        assertThat(sent(first)).containsExactly("a", "b");
        assertThat(log.sent()).isEqualTo(2);
        assertThat(writes).containsExactly("sent[1]", "sent[2]");
    }

    @Test
    void replaysAtTheNextSocketWhatIsNotAcknowledged() throws Exception {
        send("a", "b");
        attachment.detach(first, 0);
        send("c");
        delivery.attach(second, 1);
        delivery.replay();
        assertThat(sent(first)).containsExactly("a", "b");
        assertThat(sent(second)).containsExactly("b", "c");
    }

    @Test
    void sendsChangesThatWaitedOnceThereIsRoom() throws Exception {
        send("a", "b", "c", "d");
        delivery.enqueue(new Outbound(new byte[SIZE], Kind.CHANGE, "tools"));
        assertThat(sent(first)).hasSize(4);
        delivery.acknowledge(1);
        assertThat(sent(first)).hasSize(1);
        assertThat(log.sent()).isEqualTo(5);
    }

    @Test
    void sendsChangesThatWaitedAfterWhatIsReplayed() throws Exception {
        send("a", "b", "c", "d");
        delivery.enqueue(
                new Outbound("%36s".formatted("tools").getBytes(UTF_8), Kind.CHANGE, "tools"));
        attachment.detach(first, 0);
        delivery.attach(second, 1);
        delivery.replay();
        assertThat(sent(second)).containsExactly("b", "c", "d", "tools");
    }

    @Test
    void countsTheMessagesOfTheNextSocketItself() {
        delivery.attach(second, 0);
        assertThat(second.isCountedBySession()).isTrue();
    }

    @Test
    void acceptsAnswersOverTheLimitWhileTheClientIsAttached() throws Exception {
        send("a", "b", "c", "d", "e");
        assertThat(sent(first)).hasSize(5);
        assertThat(attachment.ended()).isNull();
    }

    @Test
    void endsTheSessionForAnAnswerOverTheLimitWhileTheClientIsAway() {
        attachment.detach(first, 0);
        send("a", "b", "c", "d");
        delivery.enqueue(message("progress", Kind.PROGRESS));
        assertThat(attachment.ended()).isNull();
        send("e");
        assertThat(attachment.ended()).isEqualTo(Reason.OVERFLOW);
        assertThat(log.bytes()).isZero();
        assertThat(writes).last().isEqualTo("end[OVERFLOW]");
    }

    @Test
    void endsADetachedSessionOnceTooManyDifferentChangesWait() {
        attachment.detach(first, 0);
        for (int i = 0; i < 8; i++) {
            delivery.enqueue(change("uri" + i));
        }
        assertThat(attachment.ended()).isNull();
        delivery.enqueue(change("uri7"));
        assertThat(attachment.ended()).as("merged").isNull();
        delivery.enqueue(change("uri8"));
        assertThat(attachment.ended()).isEqualTo(Reason.OVERFLOW);
        assertThat(log.heldBytes()).isZero();
    }

    private static Outbound change(String key) {
        return new Outbound(new byte[SIZE], Kind.CHANGE, key);
    }

    @Test
    void repeatsAnAnswerOnlyIfThereIsRoom() throws Exception {
        send("a", "b", "c");
        delivery.repeat(message("a", Kind.ESSENTIAL));
        delivery.repeat(message("a", Kind.ESSENTIAL));
        assertThat(sent(first)).containsExactly("a", "b", "c", "a");
    }

    @Test
    void forwardsAnswersThatTheNextOwnerMayLack() {
        delivery.enqueue(
                Outbound.answering(new RequestId.Number(1), new byte[SIZE], Kind.ESSENTIAL));
        send("request", "another request");
        writes.clear();
        delivery.move(null);
        assertThat(writes).containsExactly("release[]", "forward[]");
        assertThat(log.bytes()).isZero();
    }

    @Test
    void forwardsMessagesOfRunningCallsAfterTheMove() throws Exception {
        delivery.move(null);
        writes.clear();
        send("a");
        assertThat(writes).containsExactly("forward[]");
        assertThat(sent(first)).isEmpty();
    }

    @Test
    void alsoAnswersOnOpenHttpResponsesAfterTheMove() throws Exception {
        delivery.move(first);
        send("a");
        assertThat(sent(first)).containsExactly("a");
    }

    @Test
    void keepsTheFirstReasonForTheEnd() throws Exception {
        delivery.end(Reason.EXPIRED);
        delivery.end(Reason.UNKNOWN);
        send("a");
        assertThat(attachment.ended()).isEqualTo(Reason.EXPIRED);
        assertThat(sent(first)).isEmpty();
        assertThat(writes).containsExactly("end[EXPIRED]");
    }
}
