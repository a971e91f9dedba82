package io.springline.resume.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.session.Connection;
import io.springline.session.Outbound;
import io.springline.session.Transport;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.McpPeer;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a resumable connection asks of its socket, and what it hides of it. */
class SocketOfResumableConnectionTest {

    private static final Binding WEBSOCKET = new Binding("id", "alice", "", "epoch");
    private static final Binding HTTP = new Binding("id", "alice", "", Binding.NAMED);
    private static final RequestId ID = new RequestId.Text("a");

    private final UnreadMemory memory = new UnreadMemory(1 << 20);
    private final ResumeToken token = ResumeToken.random(UUID.randomUUID().toString());
    private final RecordingConnection first = new RecordingConnection("first");
    private final RecordingConnection second = new RecordingConnection("second");
    private final ResumableConnection connection = connection(WEBSOCKET);

    private ResumableConnection connection(Binding binding) {
        return new ResumableConnection(
                binding,
                TestLease.of(1, 0),
                token,
                new OutboundLog(1 << 20, memory.account(() -> "alice")),
                0);
    }

    private void open(Connection socket) {
        connection.open(socket, token, () -> {}, _ -> text("greeting"));
    }

    private static Outbound text(String text) {
        return Outbound.essential(text.getBytes(UTF_8));
    }

    @Test
    void belongsToTheTransportOfItsClient() {
        assertThat(connection(HTTP).transport()).isEqualTo(Transport.HTTP);
        assertThat(connection.transport()).isEqualTo(Transport.WEBSOCKET);
    }

    @Test
    void hasTheIdOfItsLastSocket() {
        open(first);
        assertThat(connection.socket()).isSameAs(first);
        connection.detach(first, 0);
        assertThat(connection.socket()).isNull();
        assertThat(connection.socketId()).isEqualTo("first");
        assertThat(connection.id()).isEqualTo("id");
    }

    @Test
    void writesTheGreetingAndCountsTheMessagesItself() {
        open(first);
        assertThat(first.isWritten()).isTrue();
        assertThat(first.isCountedBySession()).isTrue();
    }

    @Test
    void writesWhatItReplaysToTheNextSocket() throws Exception {
        open(first);
        connection.send(text("a"));
        assertThat(connection.attach(second, token.digest(), token, 0, _ -> text("welcome back")))
                .isNull();
        assertThat(second.next(0)).isEqualTo("welcome back");
        assertThat(second.next(0)).isEqualTo("a");
        assertThat(second.isWritten()).isTrue();
        assertThat(second.isCountedBySession()).isTrue();
    }

    @Test
    void becomesTheConnectionOfAnHttpSessionWithItsStreams() {
        var calls = new ArrayList<String>();
        ResumableConnection http = connection(HTTP);
        http.open(first, () -> calls.add("handed over"));
        assertThat(calls).containsExactly("handed over");
        assertThat(http.socket()).isSameAs(first);
    }

    @Test
    void writesWithoutALockWhatIsQueued() {
        open(first);
        connection.enqueue(text("a"));
        assertThat(first.isWritten()).isFalse();
        connection.flush();
        assertThat(first.isWritten()).isTrue();
    }

    @Test
    void sendsUncountedMessagesOnlyToAnAttachedSocket() throws Exception {
        open(first);
        assertThat(first.next(0)).isEqualTo("greeting");
        connection.sendUncounted(text("draining"));
        assertThat(first.next(0)).isEqualTo("draining");
        assertThat(connection.queuedBytes()).isZero();
        connection.detach(first, 0);
        connection.sendUncounted(text("draining"));
        assertThat(first.next(0)).isNull();
    }

    @Test
    void asksItsSocketForTheStreamsOfRequests() {
        assertThat(connection.carriesRequests(ID)).isTrue();
        assertThat(connection.resumesResponse(ID)).isFalse();
        open(new JsonOnly(true));
        assertThat(connection.carriesRequests(ID)).isFalse();
        assertThat(connection.resumesResponse(ID)).isTrue();
        open(new JsonOnly(false));
        assertThat(connection.resumesResponse(ID)).isFalse();
    }

    @Test
    void countsTheBytesThatTheClientHasNotAcknowledged() {
        open(first);
        assertThat(connection.queuedBytes()).isZero();
        connection.send(text("abc"));
        assertThat(connection.queuedBytes()).isEqualTo(3 + Outbound.OVERHEAD_BYTES);
    }

    @Test
    void endsAndDisconnectsAClientThatHoldsTooMuch() {
        open(first);
        connection.send(text("a"));
        connection.discardUnread();
        assertThat(connection.ended()).isEqualTo(Reason.OVERFLOW);
        assertThat(connection.queuedBytes()).isZero();
        assertThat(first.closed()).isEqualTo(CloseReason.SLOW_CONSUMER);
    }

    @Test
    void expiresAfterAnAbsenceOfTheGivenTime() {
        open(first);
        connection.detach(first, 5);
        connection.expireIfAway(10, 14);
        assertThat(connection.ended()).isNull();
        connection.expireIfAway(10, 15);
        assertThat(connection.ended()).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void endsTheSessionOfAnAbsentClientThatHoldsTooMuch() {
        connection.discardUnread();
        assertThat(connection.ended()).isEqualTo(Reason.OVERFLOW);
    }

    @Test
    void recordsWhenTheClientHasLastAcknowledged() {
        open(first);
        connection.send(text("a"));
        long before = System.nanoTime();
        connection.persistence().acknowledge(1);
        assertThat(connection.unreadSinceNanos() - before).isNotNegative();
        assertThat(System.nanoTime() - connection.unreadSinceNanos()).isNotNegative();
    }

    @Test
    void letsThreadsGoOnWhenTheClientAsAWholeHoldsLessAgain() throws Exception {
        open(first);
        connection.send(Outbound.essential(new byte[1 << 15]));
        UnreadMemory.Account elsewhere = memory.account(() -> "alice");
        elsewhere.set(1 << 19);
        assertThat(connection.hasRoom()).isFalse();
        var waiting =
                new FutureTask<>(() -> {
                    connection.awaitRoom();
                    return true;
                });
        Thread waiter = Thread.ofVirtual().start(waiting);
        await().until(() -> waiter.getState() == Thread.State.WAITING);
        elsewhere.set(0);
        assertThat(waiting.get(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
        assertThat(waiter.join(Duration.ofMinutes(1))).isTrue();
    }

    @Test
    void showsItsIdItsOwnerAndItsMessages() {
        open(first);
        connection.send(text("a"));
        assertThat(connection).hasToString("id#1, messages 0 to 1");
    }

    /** Responses that cannot be event streams. */
    private record JsonOnly(boolean resumesResponse) implements Connection {

        @Override
        public String id() {
            return "json";
        }

        @Override
        public boolean carriesRequests(RequestId asking) {
            return false;
        }

        @Override
        public boolean resumesResponse(RequestId request) {
            return resumesResponse;
        }

        @Override
        public void enqueue(Outbound message) {}

        @Override
        public void flush() {}

        @Override
        public void awaitRoom() {}

        @Override
        public long queuedBytes() {
            return 0;
        }

        @Override
        public void close(CloseReason reason) {}
    }
}
