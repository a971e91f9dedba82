package io.springline.resume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.resume.connection.TestLease;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.StoredSession;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionRegistry;
import io.springline.session.SessionRuntime;
import io.springline.session.SessionState;
import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.limit.UnreadMemory;
import io.springline.session.request.InFlight;
import io.springline.session.request.InFlightRequests.Opened;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** Threads that serve all clients handle what other nodes send for one of them. */
class ForwardedMessagesTest {

    private static final String ID = "7f3c2f8e-0b7a-4f86-9d3a-0c6f7f0f4a11";
    private static final RequestId ONE = new RequestId.Number(1);
    private static final RequestId TWO = new RequestId.Number(2);

    private final List<String> writes = new ArrayList<>();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final UnreadMemory unread = new UnreadMemory(1_000_000);
    private final ScriptedStore store = new ScriptedStore(writes);
    private final SessionRegistry registry = new SessionRegistry();
    private final ResumableSessions sessions =
            new ResumableSessions(
                    registry,
                    new SessionProperties(Duration.ofMinutes(1), DataSize.ofKilobytes(10), 10),
                    store,
                    new SessionRuntime() {
                        @Override
                        public long nanoTime() {
                            return 0;
                        }

                        @Override
                        public void execute(Runnable task) {
                            tasks.add(task);
                        }
                    });

    private final ProcessorShare share = new ProcessorShares(1, 1).of("alice");
    private final RecordingConnection socket = new RecordingConnection();
    private final McpSession session = session(socket);

    private McpSession session(RecordingConnection connection) {
        var created =
                new McpSession(
                        McpSession.MAIN_ENDPOINT,
                        new Identity(new Caller("alice", Set.of(), null), share, unread),
                        connection,
                        JsonRpcCodec.json(1000),
                        new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000)));
        registry.add(created);
        return created;
    }

    private void takeOver(Map<RequestId, Runner> running) throws InterruptedException {
        takeOver(session, socket, 2, running);
    }

    private void takeOver(
            McpSession fresh,
            RecordingConnection socket,
            long fence,
            Map<RequestId, Runner> running)
            throws InterruptedException {
        ResumeToken token = ResumeToken.random(ID);
        var stored =
                new StoredSession(
                        List.of(token.digest()),
                        SessionState.NEW,
                        0,
                        List.of(),
                        running,
                        List.of());
        store.claim = new Claimed(TestLease.of(fence, 0, writes::add), stored);
        sessions.resume(
                fresh,
                token,
                "01234567",
                0,
                grant -> Outbound.essential("resumed".getBytes(UTF_8)));
        assertThat(socket.next(0)).isEqualTo("resumed");
    }

    @Test
    void answersForOtherNodesWhileTheClientHasUsedUpItsShare() throws Exception {
        var there = new Runner(1, "there");
        takeOver(Map.of(ONE, there, TWO, there));
        Outbound answer = Outbound.answering(ONE, new byte[1], Kind.ESSENTIAL);
        share.run(() -> {
            Thread events =
                    Thread.startVirtualThread(() -> {
                        var lost = new ForwardedMessage("1-0", answer.lost());
                        store.notices().arrived(ID, 2, lost);
                        store.dead.add("there");
                        sessions.lookElsewhere();
                    });
            await("answered at once").until(() -> !events.isAlive());
            return 0;
        });
        assertThat(socket.next(0)).contains("\"id\":1", "overflow");
        assertThat(socket.next(0)).contains("\"id\":2", "node-lost");
    }

    private void runTasks() {
        for (Runnable task; (task = tasks.poll()) != null; ) {
            task.run();
        }
    }

    private void sweep() {
        sessions.sweep();
        runTasks();
    }

    private static InFlight begin(McpSession session) {
        return ((Opened) session.inFlight().open(ONE, _ -> {}, () -> {})).request();
    }

    @Test
    void keepsWhatBelongsToItsIdIfTheSessionComesBackWhileACallRuns() throws Exception {
        var ended = new ArrayList<String>();
        Runnable last = () -> ended.add("id");
        takeOver(Map.of());
        InFlight call = begin(session);
        session.onEnd(() -> ended.add("first"));
        session.onFinalEnd(last);
        store.notices().moved(ID, 2);

        var again = new RecordingConnection();
        McpSession back = session(again);
        takeOver(back, again, 4, Map.of());
        assertThat(session.latest()).isSameAs(back);
        back.onFinalEnd(last);
        call.cancel();
        sweep();
        assertThat(session.hasEnded()).isTrue();
        assertThat(ended).containsExactly("first");

        sessions.end(back);
        runTasks();
        assertThat(ended).containsExactly("first", "id");
    }

    @Test
    void keepsWhatBelongsToItsIdUntilTheLastCallEnds() throws Exception {
        var ended = new ArrayList<String>();
        takeOver(Map.of());
        InFlight call = begin(session);
        session.onFinalEnd(() -> ended.add("id"));
        store.notices().moved(ID, 2);

        var again = new RecordingConnection();
        McpSession back = session(again);
        takeOver(back, again, 4, Map.of());
        InFlight laterCall = begin(back);
        store.notices().moved(ID, 4);
        call.cancel();
        sweep();
        assertThat(ended).isEmpty();
        laterCall.cancel();
        sweep();
        assertThat(ended).containsExactly("id");
    }

    @Test
    void keepsWhatBelongsToItsIdIfTheSessionComesBackWhileItMoves() throws Exception {
        var ended = new ArrayList<String>();
        takeOver(Map.of());
        session.onFinalEnd(() -> ended.add("id"));
        var again = new RecordingConnection();
        McpSession back = session(again);
        socket.onClose(() -> {
            try {
                takeOver(back, again, 4, Map.of());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        store.notices().moved(ID, 2);
        runTasks();
        assertThat(session.hasEnded()).isTrue();
        assertThat(session.latest()).isSameAs(back);
        assertThat(ended).isEmpty();
    }

    @Test
    void continuesASessionThatItDidNotKnowToHaveMoved() throws Exception {
        var ended = new ArrayList<String>();
        takeOver(Map.of());
        session.onFinalEnd(() -> ended.add("id"));

        var again = new RecordingConnection();
        McpSession back = session(again);
        takeOver(back, again, 4, Map.of());
        runTasks();
        assertThat(session.hasEnded()).isTrue();
        assertThat(ended).isEmpty();
    }

    @Test
    void handlesAMessageOfTheClientOnAnotherThread() throws Exception {
        takeOver(Map.of());
        InFlight call = begin(session);
        store.notices().moved(ID, 2);
        tellOfACancellation();
        assertThat(call.isCancelled()).isFalse();
        runTasks();
        assertThat(call.isCancelled()).isTrue();
        assertThat(unread.bytes()).isZero();
    }

    private void tellOfACancellation() {
        store.notices()
                .told(
                        ID,
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}"
                                .getBytes(UTF_8));
    }

    @Test
    void handlesAMessageThatArrivesWhileTheSessionMoves() throws Exception {
        takeOver(Map.of());
        InFlight call = begin(session);
        socket.onClose(this::tellOfACancellation);
        store.notices().moved(ID, 2);
        runTasks();
        assertThat(call.isCancelled()).isTrue();
    }

    @Test
    void handlesAMessageThatArrivesWhileTheSessionComesBack() throws Exception {
        takeOver(Map.of());
        InFlight call = begin(session);
        socket.onClose(this::tellOfACancellation);
        var again = new RecordingConnection();
        takeOver(session(again), again, 4, Map.of());
        runTasks();
        assertThat(call.isCancelled()).isTrue();
    }

    @Test
    void encodesNoMessageThatNoOtherNodeWaitsFor() throws Exception {
        takeOver(Map.of());
        session.persistence()
                .forward(() -> {
                    throw new AssertionError("encoded");
                });
    }

    @Test
    void dropsMessagesOfAClientThatHoldsTooMuchMemory() throws Exception {
        takeOver(Map.of());
        InFlight call = begin(session);
        store.notices().moved(ID, 2);
        for (int i = 0; i < 100; i++) {
            store.notices().told(ID, new byte[50_000]);
        }
        assertThat(tasks).hasSizeBetween(1, 12);
        runTasks();
        assertThat(unread.bytes()).isZero();
        store.notices().told(ID, new byte[50_000]);
        assertThat(tasks).hasSize(1);
        call.cancel();
    }
}
