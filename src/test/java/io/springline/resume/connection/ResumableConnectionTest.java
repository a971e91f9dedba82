package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.StoredSession;
import io.springline.session.Caller;
import io.springline.session.Deduplication;
import io.springline.session.Identity;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionState;
import io.springline.testing.McpPeer;
import io.springline.testing.RecordingConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResumableConnectionTest {

    /** Room for ten messages of 36 bytes. */
    private static final long LIMIT = 10 * (36 + Outbound.OVERHEAD_BYTES);

    private static final Binding BINDING = new Binding("id", "alice", "", "epoch");

    private final LocalSessionStore store = new LocalSessionStore();
    private final ResumeToken opening = ResumeToken.random(UUID.randomUUID().toString());
    private final AtomicReference<ResumeToken> token = new AtomicReference<>();
    private final RecordingConnection first = new RecordingConnection();
    private final RecordingConnection second = new RecordingConnection();
    private final SessionLease lease =
            store.open(BINDING, StoredSession.opened(opening.digest(), SessionState.NEW)).lease();
    private final ResumableConnection connection =
            new ResumableConnection(
                    BINDING,
                    lease,
                    opening,
                    new OutboundLog(LIMIT, new Identity(Caller.ANONYMOUS).unreadAccount()),
                    0);

    private final SessionPersistence kept = connection.persistence();

    @BeforeEach
    void open() {
        connection.open(first, opening, () -> {}, this::greeting);
        assertThat(sent(first)).containsExactly("token, 0 sent");
    }

    private Outbound greeting(Grant grant) {
        token.set(grant.token());
        return message("token, %d sent".formatted(grant.sent()), Kind.ESSENTIAL);
    }

    private static Outbound message(String text, Kind kind) {
        return new Outbound(text.getBytes(StandardCharsets.UTF_8), kind, null);
    }

    private static Outbound change(String key) {
        return new Outbound(key.getBytes(StandardCharsets.UTF_8), Kind.CHANGE, key);
    }

    private static String numbered(int number) {
        return "%036d".formatted(number);
    }

    private void sendAnswers(int from, int to) {
        for (int i = from; i <= to; i++) {
            connection.send(message(numbered(i), Kind.ESSENTIAL));
        }
    }

    private Reason attach(RecordingConnection next, long received) {
        return attach(next, token.get().digest(), received);
    }

    private Reason attach(RecordingConnection next, String digest, long received) {
        return connection.attach(
                next,
                digest,
                ResumeToken.random(UUID.randomUUID().toString()),
                received,
                this::greeting);
    }

    private boolean isGood(String digest) {
        return connection.handover().knows(new Attempt(BINDING, digest, "next", 0));
    }

    private static List<String> sent(RecordingConnection socket) {
        var sent = new ArrayList<String>();
        try {
            for (String next; (next = socket.next(0)) != null; ) {
                sent.add(next);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return sent;
    }

    @Test
    void replaysUnacknowledgedMessagesBeforeNewOnes() {
        sendAnswers(1, 3);
        connection.detach(first, 0);
        sendAnswers(4, 5);
        assertThat(attach(second, 2)).isNull();
        sendAnswers(6, 6);
        assertThat(sent(first)).containsExactly(numbered(1), numbered(2), numbered(3));
        assertThat(sent(second))
                .containsExactly(
                        "token, 5 sent", numbered(3), numbered(4), numbered(5), numbered(6));
    }

    @Test
    void carriesRequestsWhileDetached() {
        connection.detach(first, 0);
        assertThat(connection.carriesRequests(new RequestId.Number(1))).isTrue();
    }

    @Test
    void replacesTheOlderConnectionAndIgnoresItsLoss() {
        assertThat(attach(second, 0)).isNull();
        assertThat(first.closed()).isEqualTo(CloseReason.REPLACED);
        assertThat(connection.detach(first, 0)).isFalse();
        assertThat(connection.absence()).isNull();
        assertThat(kept.recordMessageFrom(first)).isFalse();
        assertThat(kept.recordMessageFrom(second)).isTrue();
    }

    @Test
    void acceptsTheTokensOfAllAttemptsUntilAMessageArrives() {
        String shown = token.get().digest();
        assertThat(attach(second, 0)).isNull();
        String former = token.get().digest();
        // an attempt that the client has given up is served after a later one
        assertThat(attach(first, shown, 0)).isNull();
        assertThat(isGood(former)).isTrue();
        assertThat(isGood(shown)).isTrue();
        kept.recordMessageFrom(first);
        for (String dead : List.of(former, shown)) {
            assertThat(isGood(dead)).isFalse();
            assertThat(attach(second, dead, 0)).isEqualTo(Reason.UNKNOWN);
        }
        assertThat(attach(second, 0)).isNull();
    }

    @Test
    void rejectsCountsThatWereNeverReachedOrAreNoLongerKept() {
        sendAnswers(1, 4);
        assertThat(kept.acknowledge(5)).isFalse();
        assertThat(kept.acknowledge(2)).isTrue();
        assertThat(kept.acknowledge(1)).isTrue();
        assertThat(attach(second, 5)).isEqualTo(Reason.UNKNOWN);
        assertThat(attach(second, 1)).isEqualTo(Reason.OVERFLOW);
        assertThat(sent(second)).isEmpty();
        assertThat(attach(second, 2)).isNull();
        assertThat(sent(second)).containsExactly("token, 4 sent", numbered(3), numbered(4));
    }

    @Test
    void dropsProgressAndLogsWithoutCountingThem() {
        sendAnswers(1, 6);
        connection.send(message("progress", Kind.PROGRESS));
        connection.send(message("log", Kind.LOG));
        sendAnswers(7, 7);
        assertThat(sent(first)).hasSize(7).doesNotContain("progress", "log");
        assertThat(kept.acknowledge(7)).isTrue();
        assertThat(kept.acknowledge(8)).isFalse();
        connection.send(message("progress", Kind.PROGRESS));
        assertThat(sent(first)).containsExactly("progress");
    }

    @Test
    void mergesChangesUntilThereIsRoom() {
        sendAnswers(1, 10);
        connection.send(change("a"));
        connection.send(change("b"));
        connection.send(change("a"));
        assertThat(sent(first)).hasSize(10);
        kept.acknowledge(2);
        assertThat(sent(first)).containsExactly("a", "b");
    }

    @Test
    void stopsWaitingWhenTheClientAcknowledges() throws Exception {
        assertStopsWaitingAfter(() -> kept.acknowledge(1));
    }

    @Test
    void stopsWaitingWhenTheClientDetaches() throws Exception {
        assertStopsWaitingAfter(() -> connection.detach(first, 0));
    }

    @Test
    void stopsWaitingWhenAResumeMakesRoom() throws Exception {
        assertStopsWaitingAfter(() -> attach(second, 1));
    }

    @Test
    void stopsWaitingWhenTheSessionMoves() throws Exception {
        assertStopsWaitingAfter(connection.handover()::moved);
    }

    @Test
    void stopsWaitingWhenTheSessionEnds() throws Exception {
        assertStopsWaitingAfter(() -> connection.end(Reason.UNKNOWN));
    }

    @Test
    void isWritableWhileItHasRoomAndItsSocketIsWritable() {
        assertThat(connection.isWritable()).isTrue();
        first.stopReading();
        assertThat(connection.isWritable()).isFalse();
        connection.detach(first, 0);
        assertThat(connection.isWritable()).isTrue();
        attach(second, 0);
        assertThat(connection.isWritable()).isTrue();
        sendAnswers(1, 11);
        assertThat(connection.isWritable()).isFalse();
        kept.acknowledge(11);
        assertThat(connection.isWritable()).isTrue();
    }

    private void assertStopsWaitingAfter(Runnable event) throws Exception {
        sendAnswers(1, 11);
        var through = new CountDownLatch(1);
        Thread producer =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                connection.awaitRoom();
                                through.countDown();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        await().until(() -> producer.getState() == Thread.State.WAITING);
        event.run();
        assertThat(through.await(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
    }

    @Test
    void endsWhileDetachedWhenAnAnswerExceedsTheLimit() throws Exception {
        connection.detach(first, 0);
        sendAnswers(1, 10);
        assertThat(connection.ended()).isNull();
        sendAnswers(11, 11);
        assertThat(connection.ended()).isEqualTo(Reason.OVERFLOW);
        assertThat(connection.queuedBytes()).isZero();
        connection.awaitRoom();
        assertThat(attach(second, 0)).isEqualTo(Reason.OVERFLOW);
    }

    @Test
    void keepsASingleMessageLargerThanTheLimit() {
        connection.detach(first, 0);
        connection.send(message("x".repeat((int) LIMIT * 3), Kind.ESSENTIAL));
        assertThat(connection.ended()).isNull();
        assertThat(attach(second, 0)).isNull();
    }

    @Test
    void closesWhenTheClientDoesNotAcknowledgeAndLetsItResume() {
        sendAnswers(1, 11);
        connection.closeIfStalled(0);
        connection.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS - 1);
        assertThat(first.closed()).isNull();
        connection.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(first.closed()).isEqualTo(CloseReason.SLOW_CONSUMER);
        connection.detach(first, 0);
        assertThat(attach(second, 11)).isNull();
        assertThat(connection.queuedBytes()).isZero();
    }

    @Test
    void restartsTheStallTimeAfterAnAcknowledgementOrAResume() {
        sendAnswers(1, 12);
        connection.closeIfStalled(0);
        kept.acknowledge(1);
        connection.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(first.closed()).isNull();
        assertThat(attach(second, 1)).isNull();
        connection.closeIfStalled(2 * ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(second.closed()).isNull();
        connection.closeIfStalled(3 * ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(second.closed()).isEqualTo(CloseReason.SLOW_CONSUMER);
    }

    @Test
    void runsAnIdOnceAndKeepsItsAnswerUntilItIsAcknowledged() {
        var id = new RequestId.Number(7);
        byte[] payload = "answer".getBytes(StandardCharsets.UTF_8);
        assertThat(kept.claim(id)).isEqualTo(Deduplication.NONE);
        assertThat(kept.claim(id)).isEqualTo(Deduplication.SERVED);
        assertThat(sent(first)).isEmpty();
        connection.send(Outbound.answering(id, payload, Kind.ESSENTIAL));
        assertThat(kept.claim(id)).isEqualTo(Deduplication.SERVED);
        assertThat(sent(first)).containsExactly("answer", "answer");
        kept.acknowledge(1);
        assertThat(kept.claim(id)).isEqualTo(Deduplication.STALE);
        assertThat(kept.claim(new RequestId.Text("7"))).isEqualTo(Deduplication.NONE);
    }

    @Test
    void staysWithinTheLimitWhenAnAnswerIsReplayedRepeatedly() {
        var id = new RequestId.Number(7);
        kept.claim(id);
        connection.send(Outbound.answering(id, new byte[200], Kind.ESSENTIAL));
        for (int i = 0; i < 1000; i++) {
            assertThat(kept.claim(id)).isEqualTo(Deduplication.SERVED);
        }
        assertThat(connection.queuedBytes()).isLessThanOrEqualTo(LIMIT);
    }

    @Test
    void forgetsTheOldestSettledIds() {
        for (int i = 0; i <= StoredSession.MAX_SETTLED; i++) {
            var id = new RequestId.Number(i);
            assertThat(kept.claim(id)).isEqualTo(Deduplication.NONE);
            kept.unanswered(id);
        }
        assertThat(kept.claim(new RequestId.Number(1))).isEqualTo(Deduplication.STALE);
        assertThat(kept.claim(new RequestId.Number(0))).isEqualTo(Deduplication.NONE);
    }

    @Test
    void runsADisclaimedIdAgain() {
        var id = new RequestId.Number(1);
        kept.claim(id);
        kept.disclaim(id);
        kept.unanswered(id);
        assertThat(kept.claim(id)).isEqualTo(Deduplication.NONE);
    }

    /** As the sweep, the metrics and the making of room do, for each session of the node. */
    @Test
    void readsItsStateWithoutTheLock() throws Exception {
        var locked = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        Thread holder =
                Thread.ofVirtual()
                        .start(() ->
                                connection.attach(
                                        second,
                                        token.get().digest(),
                                        ResumeToken.random(UUID.randomUUID().toString()),
                                        0,
                                        grant -> {
                                            locked.countDown();
                                            awaitUninterruptibly(release);
                                            return greeting(grant);
                                        }));
        assertThat(locked.await(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
        Thread looker =
                Thread.ofVirtual()
                        .start(() -> {
                            connection.absence();
                            connection.ended();
                            connection.queuedBytes();
                            kept.hasRoom();
                            connection.closeIfStalled(0);
                            connection.expireIfAway(1, 0);
                            kept.recordMessageFrom(first);
                        });
        assertThat(looker.join(Duration.ofMinutes(1))).isTrue();
        release.countDown();
        holder.join();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void doesNotExpireAfterItHasMoved() {
        connection.detach(first, 0);
        connection.handover().moved();
        connection.expireIfAway(0, 1);
        connection.end(Reason.EXPIRED);
        assertThat(connection.ended()).isNull();
    }
}
