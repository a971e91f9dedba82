package io.springline.resume.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.CloseReason;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.session.Deduplication;
import io.springline.session.MovedException;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionState;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.RecordingConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ResumablePersistenceTest {

    private static final Binding WEBSOCKET = new Binding("id", "alice", "", "epoch");
    private static final Binding HTTP = new Binding("id", "alice", "", Binding.NAMED);
    private static final RequestId ID = new RequestId.Text("a");
    private static final int SIZE = 36;

    /** Room for four messages of this size. */
    private static final long LIMIT = 4 * (SIZE + Outbound.OVERHEAD_BYTES);

    private final List<String> writes = new ArrayList<>();
    private final RecordingConnection socket = new RecordingConnection();
    private final ResumableConnection connection = connection(WEBSOCKET);

    private ResumableConnection connection(Binding binding) {
        return connection(binding, TestLease.of(1, 0, writes::add));
    }

    private ResumableConnection connection(Binding binding, SessionLease lease) {
        var created =
                new ResumableConnection(
                        binding,
                        lease,
                        ResumeToken.random(UUID.randomUUID().toString()),
                        new OutboundLog(LIMIT, UnreadMemory.unlimited().account(() -> "alice")),
                        0);
        created.open(socket, () -> {});
        return created;
    }

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            connection.send(Outbound.essential(new byte[SIZE]));
        }
    }

    @Test
    void writesTheStateAndTheRunningRequests() throws Exception {
        connection.persistence().writeState(SessionState.NEW).await();
        connection.persistence().writeRunning(ID).await();
        assertThat(writes).containsExactly("state[" + SessionState.NEW + "]", "running[\"a\"]");
    }

    @Test
    void refusesToGoOnOnceAnotherNodeOwnsTheSession() {
        var persistence = connection(WEBSOCKET, TestLease.lost()).persistence();
        assertThatThrownBy(persistence.writeState(SessionState.NEW)::await)
                .isInstanceOf(MovedException.class);
        assertThatThrownBy(persistence.writeRunning(ID)::await).isInstanceOf(MovedException.class);
    }

    @Test
    void letsOnlyHttpClientsUseTheIdOfAnEndedRequestAgain() {
        for (Binding binding : List.of(WEBSOCKET, HTTP)) {
            var persistence = connection(binding).persistence();
            assertThat(persistence.claim(ID)).isEqualTo(Deduplication.NONE);
            persistence.unanswered(ID);
            assertThat(persistence.claim(ID))
                    .isEqualTo(binding.isNamed() ? Deduplication.NONE : Deduplication.STALE);
        }
    }

    @Test
    void writesARepeatedAnswerToTheSocket() throws Exception {
        connection.persistence().claim(ID);
        connection.enqueue(Outbound.answering(ID, "answer".getBytes(UTF_8), Kind.ESSENTIAL));
        assertThat(socket.isWritten()).isFalse();
        assertThat(connection.persistence().claim(ID)).isEqualTo(Deduplication.SERVED);
        assertThat(socket.isWritten()).isTrue();
        assertThat(socket.next(0)).isEqualTo("answer");
        assertThat(socket.next(0)).isEqualTo("answer");
    }

    @Test
    void writesNothingForANewRequest() {
        connection.enqueue(Outbound.essential(new byte[SIZE]));
        connection.persistence().claim(ID);
        assertThat(socket.isWritten()).isFalse();
    }

    @Test
    void acceptsRepeatedAcknowledgementsAndRefusesThoseOfMessagesThatWereNotSent() {
        send(2);
        var persistence = connection.persistence();
        assertThat(persistence.acknowledge(3)).isFalse();
        assertThat(persistence.acknowledge(2)).isTrue();
        assertThat(persistence.acknowledge(2)).isTrue();
        assertThat(persistence.acknowledge(0)).isTrue();
        assertThat(persistence.acknowledge(3)).isFalse();
    }

    @Test
    void doesNotCountARepeatedAcknowledgementAsProgress() {
        send(5);
        connection.closeIfStalled(0);
        connection.persistence().acknowledge(0);
        connection.closeIfStalled(ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(socket.closed()).isEqualTo(CloseReason.SLOW_CONSUMER);
    }

    @Test
    void writesTheChangesThatWaitedForAnAcknowledgement() {
        send(4);
        connection.send(new Outbound(new byte[SIZE], Kind.CHANGE, "tools"));
        connection.persistence().acknowledge(1);
        assertThat(connection.persistence().acknowledge(5)).isTrue();
        assertThat(socket.isWritten()).isTrue();
    }

    @Test
    void readsKeptMessagesAfterANumberWithTheirNumbers() {
        send(3);
        var read = new ArrayList<String>();
        connection
                .persistence()
                .replay(1, () -> read.add("begin"), (number, _) -> read.add("message " + number));
        assertThat(read).containsExactly("begin", "message 2", "message 3");
    }

    @Test
    void hasRoomUpToTheLimit() {
        send(4);
        assertThat(connection.persistence().hasRoom()).isTrue();
        send(1);
        assertThat(connection.persistence().hasRoom()).isFalse();
        connection.persistence().acknowledge(1);
        assertThat(connection.persistence().hasRoom()).isTrue();
    }

    @Test
    void servesNoMessageOfAnUnattachedSocket() {
        assertThat(connection.persistence().recordMessageFrom(socket)).isTrue();
        connection.detach(socket, 0);
        assertThat(connection.persistence().recordMessageFrom(socket)).isFalse();
    }
}
