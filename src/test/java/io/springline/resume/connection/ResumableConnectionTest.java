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
    private final ResumableConnection lasting =
            new ResumableConnection(
                    BINDING,
                    lease,
                    opening,
                    new OutboundLog(LIMIT, new Identity(Caller.ANONYMOUS).unreadAccount()),
                    0);

    private final SessionPersistence kept = lasting.persistence();

    @BeforeEach
    void open() {
        lasting.open(first, opening, () -> {}, this::greeting);
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
            lasting.send(message(numbered(i), Kind.ESSENTIAL));
        }
    }

    private Reason attach(RecordingConnection next, long received) {
        return attach(next, token.get().digest(), received);
    }

    private Reason attach(RecordingConnection next, String digest, long received) {
        return lasting.attach(
                next,
                digest,
                ResumeToken.random(UUID.randomUUID().toString()),
                received,
                this::greeting);
    }

    private boolean isGood(String digest) {
        return lasting.handover().knows(new Attempt(BINDING, digest, "next", 0));
    }

    private static List<String> sent(RecordingConnection connection) {
        var sent = new ArrayList<String>();
        try {
            for (String next; (next = connection.next(0)) != null; ) {
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
        lasting.detach(first, 0);
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
        lasting.detach(first, 0);
        assertThat(lasting.carriesRequests(new RequestId.Number(1))).isTrue();
    }

    @Test
    void replacesTheOlderConnectionAndIgnoresItsLoss() {
        assertThat(attach(second, 0)).isNull();
        assertThat(first.closed()).isEqualTo(CloseReason.REPLACED);
        assertThat(lasting.detach(first, 0)).isFalse();
        assertThat(lasting.absence()).isNull();
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
        lasting.send(message("progress", Kind.PROGRESS));
        lasting.send(message("log", Kind.LOG));
        sendAnswers(7, 7);
        assertThat(sent(first)).hasSize(7).doesNotContain("progress", "log");
        assertThat(kept.acknowledge(7)).isTrue();
        assertThat(kept.acknowledge(8)).isFalse();
        lasting.send(message("progress", Kind.PROGRESS));
        assertThat(sent(first)).containsExactly("progress");
    }

    @Test
    void mergesChangesUntilThereIsRoom() {
        sendAnswers(1, 10);
        lasting.send(change("a"));
        lasting.send(change("b"));
        lasting.send(change("a"));
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
        assertStopsWaitingAfter(() -> lasting.detach(first, 0));
    }

    @Test
    void stopsWaitingWhenAResumeMakesRoom() throws Exception {
        assertStopsWaitingAfter(() -> attach(second, 1));
    }

    @Test
    void stopsWaitingWhenTheSessionMoves() throws Exception {
        assertStopsWaitingAfter(lasting.handover()::moved);
    }

    @Test
    void stopsWaitingWhenTheSessionEnds() throws Exception {
        assertStopsWaitingAfter(() -> lasting.end(Reason.UNKNOWN));
    }

    @Test
    void isWritableWhileItHasRoomAndItsSocketIsWritable() {
        assertThat(lasting.isWritable()).isTrue();
        first.stopReading();
        assertThat(lasting.isWritable()).isFalse();
        lasting.detach(first, 0);
        assertThat(lasting.isWritable()).isTrue();
        attach(second, 0);
        assertThat(lasting.isWritable()).isTrue();
        sendAnswers(1, 11);
        assertThat(lasting.isWritable()).isFalse();
        kept.acknowledge(11);
        assertThat(lasting.isWritable()).isTrue();
    }

    private void assertStopsWaitingAfter(Runnable event) throws Exception {
        sendAnswers(1, 11);
        var through = new CountDownLatch(1);
        Thread producer =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                lasting.awaitRoom();
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
        lasting.detach(first, 0);
        sendAnswers(1, 10);
        assertThat(lasting.ended()).isNull();
        sendAnswers(11, 11);
        assertThat(lasting.ended()).isEqualTo(Reason.OVERFLOW);
        assertThat(lasting.queuedBytes()).isZero();
        lasting.awaitRoom();
        assertThat(attach(second, 0)).isEqualTo(Reason.OVERFLOW);
    }

    @Test
    void keepsASingleMessageLargerThanTheLimit() {
        lasting.detach(first, 0);
        lasting.send(message("x".repeat((int) LIMIT * 3), Kind.ESSENTIAL));
        assertThat(lasting.ended()).isNull();
        assertThat(attach(second, 0)).isNull();
    }

    @Test
    void closesWhenTheClientDoesNotAcknowledgeAndLetsItResume() {
        sendAnswers(1, 11);
        lasting.closeIfStalled(0);
        lasting.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS - 1);
        assertThat(first.closed()).isNull();
        lasting.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(first.closed()).isEqualTo(CloseReason.SLOW_CONSUMER);
        lasting.detach(first, 0);
        assertThat(attach(second, 11)).isNull();
        assertThat(lasting.queuedBytes()).isZero();
    }

    @Test
    void restartsTheStallTimeAfterAnAcknowledgementOrAResume() {
        sendAnswers(1, 12);
        lasting.closeIfStalled(0);
        kept.acknowledge(1);
        lasting.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(first.closed()).isNull();
        assertThat(attach(second, 1)).isNull();
        lasting.closeIfStalled(2 * ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(second.closed()).isNull();
        lasting.closeIfStalled(3 * ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(second.closed()).isEqualTo(CloseReason.SLOW_CONSUMER);
    }

    @Test
    void runsAnIdOnceAndKeepsItsAnswerUntilItIsAcknowledged() {
        var id = new RequestId.Number(7);
        byte[] payload = "answer".getBytes(StandardCharsets.UTF_8);
        assertThat(kept.claim(id)).isEqualTo(Deduplication.NONE);
        assertThat(kept.claim(id)).isEqualTo(Deduplication.SERVED);
        assertThat(sent(first)).isEmpty();
        lasting.send(Outbound.answering(id, payload, Kind.ESSENTIAL));
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
        lasting.send(Outbound.answering(id, new byte[200], Kind.ESSENTIAL));
        for (int i = 0; i < 1000; i++) {
            assertThat(kept.claim(id)).isEqualTo(Deduplication.SERVED);
        }
        assertThat(lasting.queuedBytes()).isLessThanOrEqualTo(LIMIT);
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
                                lasting.attach(
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
                            lasting.absence();
                            lasting.ended();
                            lasting.queuedBytes();
                            kept.hasRoom();
                            lasting.closeIfStalled(0);
                            lasting.expireIfAway(1, 0);
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
        lasting.detach(first, 0);
        lasting.handover().moved();
        lasting.expireIfAway(0, 1);
        lasting.end(Reason.EXPIRED);
        assertThat(lasting.ended()).isNull();
    }
}
