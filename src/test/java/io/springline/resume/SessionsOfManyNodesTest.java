package io.springline.resume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.resume.connection.TestLease;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.StoredSession;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionState;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.request.InFlight;
import io.springline.session.request.InFlightRequests.Opened;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** What a node does with its sessions when the store says what other nodes do. */
class SessionsOfManyNodesTest {

    private static final String ID = "7f3c2f8e-0b7a-4f86-9d3a-0c6f7f0f4a11";
    private static final RequestId ONE = new RequestId.Number(1);
    private static final RequestId TWO = new RequestId.Number(2);

    private final List<String> writes = new ArrayList<>();
    private final ScriptedStore store = new ScriptedStore(writes);
    private final SessionRegistry registry = new SessionRegistry();
    private final ResumableSessions sessions =
            new ResumableSessions(
                    registry,
                    new SessionProperties(Duration.ofMinutes(1), DataSize.ofKilobytes(10), 10),
                    store,
                    new SameThread(ID));

    private final RecordingConnection socket = new RecordingConnection();
    private final McpSession session = session(socket);

    private McpSession session(RecordingConnection connection) {
        var limits = new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000));
        var created =
                new McpSession(
                        new Caller("alice", Set.of(), null),
                        connection,
                        JsonRpcCodec.json(1000),
                        limits);
        registry.add(created);
        return created;
    }

    private static Outbound greeting(Grant grant) {
        return Outbound.essential(("sent " + grant.sent()).getBytes(UTF_8));
    }

    private static Outbound answer(RequestId id) {
        return Outbound.answering(id, ("answer " + id).getBytes(UTF_8), Kind.ESSENTIAL);
    }

    private void open() throws InterruptedException {
        sessions.open(session, SessionsOfManyNodesTest::greeting);
        assertThat(socket.next(0)).isEqualTo("sent 0");
        writes.clear();
    }

    private InFlight begin(RequestId id, List<Response> answers) {
        return ((Opened) session.inFlight().open(id, answers::add, () -> {})).request();
    }

    private void storeHas(long fence, ResumeToken token, Map<RequestId, Runner> running) {
        var stored =
                new StoredSession(
                        List.of(token.digest()),
                        SessionState.NEW,
                        5,
                        List.of(answer(TWO)),
                        running,
                        List.of());
        store.claim = new SessionStore.Claimed(TestLease.of(fence, 6, writes::add), stored);
    }

    private ResumeResult resume(ResumeToken token, long received) throws InterruptedException {
        return sessions.resume(
                session, token, "01234567", received, SessionsOfManyNodesTest::greeting);
    }

    @Test
    void takesASessionOverAndReplaysWhatTheFormerOwnerHasSent() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        storeHas(2, token, Map.of());
        assertThat(resume(token, 5)).isEqualTo(Resumed.takenOver(session));
        assertThat(socket.next(0)).isEqualTo("sent 6");
        assertThat(socket.next(0)).isEqualTo("answer 2");
        assertThat(session.isResumable()).isTrue();
        assertThat(session.connection().id()).isEqualTo(ID);
        assertThat(sessions.count()).isEqualTo(1);
        assertThat(sessions.counters().resumed()).isEqualTo(1);
        assertThat(writes).contains("ready[]");
    }

    @Test
    void answersTheCallsOfADeadNode() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        storeHas(2, token, Map.of(ONE, new Runner(1, "dead")));
        store.dead.add("dead");
        resume(token, 6);
        assertThat(socket.next(0)).isEqualTo("sent 6");
        assertThat(socket.next(0)).contains("\"id\":1", "node-lost");
    }

    @Test
    void waitsForTheCallsOfALivingNodeUntilItDies() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        storeHas(2, token, Map.of(ONE, new Runner(1, "there")));
        resume(token, 6);
        assertThat(socket.next(0)).isEqualTo("sent 6");
        sessions.lookElsewhere();
        assertThat(socket.next(0)).isNull();
        store.dead.add("there");
        sessions.lookElsewhere();
        assertThat(socket.next(0)).contains("node-lost");
    }

    @Test
    void keepsTheLaterOfTwoClaims() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        storeHas(3, token, Map.of());
        assertThat(resume(token, 6)).isEqualTo(Resumed.takenOver(session));
        storeHas(2, token, Map.of());
        var late = new RecordingConnection();
        assertThat(
                        sessions.resume(
                                session(late),
                                ResumeToken.random(ID),
                                "01234567",
                                6,
                                SessionsOfManyNodesTest::greeting))
                .isEqualTo(new Unavailable());
        assertThat(late.next(0)).isNull();
        assertThat(sessions.count()).isEqualTo(1);
    }

    @Test
    void refusesWithTheReasonOfTheStore() throws Exception {
        store.claim = new SessionStore.Denied(Reason.EXPIRED);
        assertThat(resume(ResumeToken.random(ID), 0)).isEqualTo(new Refused(Reason.EXPIRED));
        assertThat(sessions.counters().refused(Reason.EXPIRED)).isEqualTo(1);
    }

    @Test
    void doesNotDecideWithoutTheStore() throws Exception {
        assertThat(resume(ResumeToken.random(ID), 0)).isEqualTo(new Unavailable());
        assertThat(session.isResumable()).isFalse();
    }

    @Test
    void asksTheStoreNothingAboutImpossibleClaims() throws Exception {
        storeHas(2, ResumeToken.random(ID), Map.of());
        ResumeToken token = ResumeToken.random(ID);
        assertThat(resume(token, ResumableSessions.MAX_COUNT + 1))
                .isEqualTo(new Refused(Reason.UNKNOWN));
        for (String epoch : List.of("01234567-cbor", "0123456", "01234567x")) {
            assertThat(sessions.resume(session, token, epoch, 0, SessionsOfManyNodesTest::greeting))
                    .isEqualTo(new Refused(Reason.UNKNOWN));
        }
    }

    @Test
    void releasesAnIdleSessionThatAnotherNodeOwns() throws Exception {
        open();
        store.notices().moved(ID, 1);
        assertThat(sessions.count()).isZero();
        assertThat(socket.closed()).isEqualTo(CloseReason.REPLACED);
        assertThat(registry.all()).doesNotContain(session);
        assertThat(session.hasEnded()).isTrue();
    }

    @Test
    void ignoresTheLossOfAnEarlierLease() throws Exception {
        open();
        store.notices().moved(ID, 0);
        store.notices().moved("another session", 1);
        assertThat(sessions.count()).isEqualTo(1);
        assertThat(socket.closed()).isNull();
    }

    @Test
    void finishesTheCallsOfASessionThatAnotherNodeOwns() throws Exception {
        open();
        var answers = new ArrayList<Response>();
        InFlight call = begin(ONE, answers);
        store.notices().moved(ID, 1);
        assertThat(registry.all()).contains(session);
        assertThat(sessions.areAtWork()).isTrue();
        session.connection().send(answer(ONE));
        assertThat(writes).contains("forward[]");
        call.cancel();
        sessions.sweep();
        assertThat(registry.all()).doesNotContain(session);
        assertThat(sessions.areAtWork()).isFalse();
    }

    @Test
    void isAtWorkWhileASessionMovesToAnotherNode() throws Exception {
        open();
        InFlight call = begin(ONE, new ArrayList<>());
        var atWork = new ArrayList<Boolean>();
        socket.onClose(() -> atWork.add(sessions.areAtWork()));
        store.notices().moved(ID, 1);
        assertThat(atWork).as("while the connection is closed").containsExactly(true);
        call.cancel();
    }

    @Test
    void cancelsACallForAClientOfAnotherNode() throws Exception {
        open();
        InFlight call = begin(ONE, new ArrayList<>());
        byte[] cancelled =
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}"
                        .getBytes(UTF_8);
        store.notices().told("another session", cancelled);
        assertThat(call.isCancelled()).isFalse();
        store.notices().moved(ID, 1);
        store.notices().told(ID, cancelled);
        assertThat(call.isCancelled()).isTrue();
    }

    @Test
    void cancelsACallAlsoBeforeItKnowsThatTheSessionHasMoved() throws Exception {
        open();
        InFlight call = begin(ONE, new ArrayList<>());
        store.notices()
                .told(
                        ID,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}"
                                .getBytes(UTF_8));
        assertThat(call.isCancelled()).isTrue();
    }

    @Test
    void deliversForwardedAnswersOfItsOwnLeaseOnly() throws Exception {
        open();
        store.notices().arrived(ID, 2, new SessionStore.ForwardedMessage("1-0", answer(ONE)));
        assertThat(socket.next(0)).isNull();
        store.notices().arrived(ID, 1, new SessionStore.ForwardedMessage("1-0", answer(ONE)));
        assertThat(socket.next(0)).isEqualTo("answer 1");
        assertThat(writes).contains("taken[1-0]");
    }

    @Test
    void answersACallWhoseForwardedAnswerWasLost() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        storeHas(2, token, Map.of(ONE, new Runner(1, "there")));
        resume(token, 6);
        assertThat(socket.next(0)).isEqualTo("sent 6");
        store.notices()
                .arrived(ID, 2, new SessionStore.ForwardedMessage("1-0", answer(ONE).lost()));
        assertThat(socket.next(0)).contains("\"id\":1", "overflow");
        assertThat(writes).contains("taken[1-0]");
        store.notices()
                .arrived(ID, 2, new SessionStore.ForwardedMessage("2-0", answer(ONE).lost()));
        assertThat(socket.next(0)).isNull();
    }

    @Test
    void givesASnapshotOfItsOwnLeaseOnly() throws Exception {
        open();
        assertThat(store.notices().snapshot(ID, 2)).isNull();
        assertThat(store.notices().snapshot("another session", 1)).isNull();
        session.connection().send(answer(ONE));
        assertThat(store.notices().snapshot(ID, 1)).extracting(StoredSession::sent).isEqualTo(1L);
    }

    @Test
    void leavesSessionsInTheStoreWhenItStops() throws Exception {
        open();
        sessions.close();
        assertThat(writes).contains("park[]").doesNotContain("end[UNKNOWN]");
        assertThat(registry.all()).doesNotContain(session);
        assertThat(session.hasEnded()).isTrue();
    }

    @Test
    void isAtWorkWhileARequestRuns() throws Exception {
        open();
        assertThat(sessions.areAtWork()).isFalse();
        InFlight call = begin(ONE, new ArrayList<>());
        assertThat(sessions.areAtWork()).isTrue();
        call.cancel();
        assertThat(sessions.areAtWork()).isFalse();
    }

    @Test
    void endsWithASocketOnlyTheSessionThatIsAttachedToIt() throws Exception {
        open();
        sessions.endWith(session, new RecordingConnection());
        assertThat(sessions.count()).isEqualTo(1);
        sessions.endWith(session, socket);
        assertThat(sessions.count()).isZero();
        assertThat(sessions.counters().ended(Reason.UNKNOWN)).isEqualTo(1);
        assertThat(writes).contains("end[UNKNOWN]");
    }

    @Test
    void endsASessionWhetherItsClientIsAttachedOrNot() throws Exception {
        open();
        sessions.end(session);
        assertThat(sessions.count()).isZero();
        assertThat(registry.all()).doesNotContain(session);
        sessions.end(session);
        assertThat(sessions.counters().ended(Reason.UNKNOWN)).isEqualTo(1);
    }

    @Test
    void opensAnHttpSessionOnceOtherNodesCanClaimIt() throws Exception {
        ResumeToken token = sessions.named().open(session);
        assertThat(token).isNotNull();
        assertThat(token.session()).isEqualTo(ID);
        assertThat(session.connection().id()).isEqualTo(ID);
        assertThat(writes).contains("ready[]");
        assertThat(sessions.count()).isEqualTo(1);
    }

    @Test
    void opensNoHttpSessionThatOtherNodesWouldNotKnow() throws Exception {
        store.outcome = Outcome.ALONE;
        assertThat(sessions.named().open(session)).isNull();
        assertThat(writes).containsExactly("end[UNKNOWN]");
        assertThat(session.isResumable()).isFalse();
        assertThat(sessions.count()).isZero();
    }

    @Test
    void opensHttpSessionsWhenOtherNodesCountThisOneAsDead() throws Exception {
        store.outcome = Outcome.ALONE;
        store.isolated = true;
        assertThat(sessions.named().open(session)).isNotNull();
        assertThat(sessions.count()).isEqualTo(1);
    }

    @Test
    void claimsAnHttpSessionWithItsNumbers() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        storeHas(2, token, Map.of());
        var numbers = new ArrayList<Long>();
        assertThat(sessions.named().claim(session, token, numbers::add))
                .isEqualTo(Resumed.takenOver(session));
        assertThat(numbers).containsExactly(6L);
        assertThat(session.isResumable()).isTrue();
        assertThat(sessions.counters().resumed()).isEqualTo(1);
    }

    @Test
    void refusesAnHttpSessionAsTheStoreDoes() throws Exception {
        ResumeToken token = ResumeToken.random(ID);
        assertThat(sessions.named().claim(session, token, _ -> {})).isEqualTo(new Unavailable());
        store.claim = new SessionStore.Denied(Reason.NOT_YOURS);
        assertThat(sessions.named().claim(session, token, _ -> {}))
                .isEqualTo(new Refused(Reason.NOT_YOURS));
    }
}
