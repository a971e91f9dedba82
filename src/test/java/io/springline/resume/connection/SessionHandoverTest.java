package io.springline.resume.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import io.springline.session.Deduplication;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionState;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.RecordingConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A session that this node has claimed while former owners still run calls of it. */
class SessionHandoverTest {

    private static final Binding WEBSOCKET = new Binding("id", "alice", "", "epoch");
    private static final Binding HTTP = new Binding("id", "alice", "", Binding.NAMED);
    private static final RequestId ONE = new RequestId.Text("one");
    private static final RequestId TWO = new RequestId.Text("two");
    private static final RequestId THREE = new RequestId.Text("three");
    private static final RequestId ANSWERED = new RequestId.Text("answered");
    private static final RequestId SETTLED = new RequestId.Text("settled");
    private static final Runner A = new Runner(1, "a");
    private static final Runner B = new Runner(1, "b");

    private final List<String> writes = new ArrayList<>();
    private final RecordingConnection socket = new RecordingConnection();
    private final ResumableConnection session = claimed(WEBSOCKET);
    private final SessionHandover handover = session.handover();
    private final SessionPersistence persistence = session.persistence();

    private ResumableConnection claimed(Binding binding) {
        SessionLease lease = TestLease.of(2, 6, writes::add);
        var stored =
                new StoredSession(
                        List.of("shown"),
                        SessionState.NEW,
                        5,
                        List.of(answer(ANSWERED)),
                        Map.of(ONE, A, TWO, A, THREE, B),
                        List.of(SETTLED));
        return ResumableConnection.claimed(
                binding,
                new Claimed(lease, stored),
                5,
                new OutboundLog(10_000, UnreadMemory.unlimited().account(() -> "alice")),
                0);
    }

    private static Outbound answer(RequestId id) {
        return Outbound.answering(id, ("answer " + id).getBytes(UTF_8), Kind.ESSENTIAL);
    }

    private static ForwardedMessage forwarded(String entry, RequestId id) {
        return new ForwardedMessage(entry, answer(id));
    }

    private void attach() {
        assertThat(
                        session.attach(
                                socket,
                                "shown",
                                ResumeToken.random(UUID.randomUUID().toString()),
                                5,
                                grant ->
                                        Outbound.essential(
                                                ("sent " + grant.sent()).getBytes(UTF_8))))
                .isNull();
    }

    private static List<String> sent(RecordingConnection connection) throws InterruptedException {
        var sent = new ArrayList<String>();
        for (String next; (next = connection.next(0)) != null; ) {
            sent.add(next);
        }
        return sent;
    }

    @Test
    void replaysWhatTheFormerOwnerHasSent() throws Exception {
        attach();
        assertThat(sent(socket)).containsExactly("sent 6", "answer \"answered\"");
        assertThat(persistence.claim(SETTLED)).isEqualTo(Deduplication.STALE);
    }

    @Test
    void knowsWhichRequestsRunElsewhere() {
        assertThat(handover.elsewhere()).isEqualTo(Map.of(ONE, A, TWO, A, THREE, B));
        assertThat(persistence.runsElsewhere(ONE)).isTrue();
        assertThat(persistence.runsElsewhere(ANSWERED)).isFalse();
        assertThat(persistence.claim(ONE)).isEqualTo(Deduplication.SERVED);
    }

    @Test
    void sendsAMessageOfTheClientOnceToEachNodeThatRunsItsRequests() {
        persistence.forward(() -> new byte[1]);
        assertThat(writes).containsExactlyInAnyOrder("tell[a]", "tell[b]");
    }

    @Test
    void deliversTheFirstForwardedAnswerOnly() throws Exception {
        attach();
        sent(socket);
        writes.clear();
        handover.arrived(forwarded("1-0", ONE));
        handover.arrived(forwarded("2-0", ONE));
        assertThat(sent(socket)).containsExactly("answer \"one\"");
        assertThat(socket.isWritten()).isTrue();
        assertThat(writes).containsExactly("sent[7]", "taken[1-0]", "taken[2-0]");
        assertThat(handover.elsewhere()).doesNotContainKey(ONE);
    }

    @Test
    void deliversForwardedMessagesThatAreNoAnswers() throws Exception {
        attach();
        sent(socket);
        handover.arrived(
                new ForwardedMessage("1-0", Outbound.essential("progress".getBytes(UTF_8))));
        assertThat(sent(socket)).containsExactly("progress");
    }

    @Test
    void servesAClientWhoseTokenAndCountAreThoseOfTheSession() {
        assertThat(handover.knows(new Attempt(WEBSOCKET, "shown", "next", 5, 1))).isTrue();
        assertThat(handover.knows(new Attempt(WEBSOCKET, "other", "next", 5, 1))).isFalse();
        assertThat(handover.knows(new Attempt(WEBSOCKET, "shown", "next", 7, 1))).isFalse();
    }

    @Test
    void writesATokenBeforeItIsOffered() throws Exception {
        assertThat(handover.offer("next")).isEqualTo(Outcome.KEPT);
        assertThat(writes).containsExactly("tokens[[shown, next]]");
    }

    @Test
    void takesASnapshotOfAllThatIsKept() {
        RequestId own = new RequestId.Text("own");
        persistence.claim(own);
        StoredSession snapshot = handover.snapshot("here", SessionState.NEW);
        assertThat(snapshot.tokens()).containsExactly("shown");
        assertThat(snapshot.acknowledged()).isEqualTo(5);
        assertThat(snapshot.unacknowledged()).hasSize(1);
        assertThat(snapshot.running())
                .isEqualTo(Map.of(ONE, A, TWO, A, THREE, B, own, new Runner(2, "here")));
        assertThat(snapshot.settled()).containsExactly(SETTLED);
    }

    @Test
    void releasesAllThatIsKeptIfALaterClaimHasWon() {
        assertThat(session.queuedBytes()).isPositive();
        handover.discard();
        assertThat(session.queuedBytes()).isZero();
        assertThat(handover.elsewhere()).isEmpty();
    }

    @Test
    void forwardsMessagesOfRunningCallsOnceAnotherNodeOwnsTheSession() throws Exception {
        attach();
        sent(socket);
        assertThat(handover.moved()).isSameAs(socket);
        writes.clear();
        session.send(answer(ONE));
        assertThat(writes).containsExactly("forward[]");
        assertThat(sent(socket)).isEmpty();
    }

    @Test
    void alsoAnswersOnTheOpenResponsesOfAnHttpSession() throws Exception {
        ResumableConnection http = claimed(HTTP);
        http.open(socket, () -> {});
        assertThat(http.handover().moved()).isSameAs(socket);
        http.send(answer(ONE));
        assertThat(sent(socket)).containsExactly("answer \"one\"");
        assertThat(socket.isWritten()).isTrue();
    }

    @Test
    void asksTheClientToTryAgainWhileTheStoreMayHaveAnOlderToken() {
        assertThat(handover.movedReason()).isEqualTo(CloseReason.REPLACED);
        attach();
        assertThat(handover.movedReason()).isEqualTo(CloseReason.TRY_AGAIN_LATER);
        persistence.recordMessageFrom(socket);
        assertThat(handover.movedReason()).isEqualTo(CloseReason.REPLACED);
    }
}
