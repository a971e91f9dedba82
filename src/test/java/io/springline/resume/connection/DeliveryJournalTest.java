package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.connection.RequestDeduplicator.Kept;
import io.springline.resume.connection.RequestDeduplicator.Settled;
import io.springline.resume.store.Runner;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionState;
import io.springline.session.limit.UnreadMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeliveryJournalTest {

    private static final RequestId ID = new RequestId.Text("a");
    private static final int SIZE = 36;

    /** Room for four messages of this size. */
    private static final long LIMIT = 4 * (SIZE + Outbound.OVERHEAD_BYTES);

    private final List<String> writes = new ArrayList<>();
    private final DeliveryJournal journal =
            new DeliveryJournal(
                    TestLease.of(2, 0, writes::add),
                    new OutboundLog(LIMIT, UnreadMemory.unlimited().account(() -> "alice")));

    private static Outbound message(Kind kind) {
        return new Outbound(new byte[SIZE], kind, null);
    }

    private static Outbound change(String key) {
        return new Outbound(new byte[SIZE], Kind.CHANGE, key);
    }

    private static Outbound answer() {
        return Outbound.answering(ID, new byte[SIZE], Kind.ESSENTIAL);
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            journal.append(message(Kind.ESSENTIAL));
        }
    }

    @Test
    void writesEachMessageWithItsNumber() {
        append(2);
        assertThat(writes).containsExactly("sent[1]", "sent[2]");
    }

    @Test
    void settlesARequestWhenItsAnswerIsAcknowledged() {
        journal.claim(ID);
        Outbound answer = answer();
        journal.append(answer);
        assertThat(journal.claim(ID)).isEqualTo(new Kept(answer));
        journal.acknowledge(1);
        assertThat(journal.claim(ID)).isEqualTo(new Settled());
        assertThat(writes).containsExactly("sent[1]", "settled[\"a\"]", "acknowledged[1]");
    }

    @Test
    void writesARepeatedAcknowledgementOnce() {
        append(2);
        writes.clear();
        journal.acknowledge(2);
        journal.acknowledge(2);
        journal.acknowledge(1);
        assertThat(writes).containsExactly("acknowledged[2]");
    }

    @Test
    void settlesARequestThatEndsWithoutAnAnswer() {
        journal.claim(ID);
        journal.unanswered(ID);
        journal.unanswered(new RequestId.Text("unknown"));
        assertThat(journal.claim(ID)).isEqualTo(new Settled());
        assertThat(writes).containsExactly("settled[\"a\"]");
    }

    @Test
    void dropsProgressAndLogsThatLeaveNoRoomForAnswers() {
        append(2);
        assertThat(journal.appendIfFits(message(Kind.PROGRESS))).isFalse();
        assertThat(journal.appendIfFits(message(Kind.LOG))).isFalse();
        assertThat(journal.appendIfFits(message(Kind.ESSENTIAL))).isTrue();
        assertThat(journal.log().sent()).isEqualTo(3);
    }

    @Test
    void numbersNothingThatDoesNotFit() {
        append(4);
        assertThat(journal.appendIfFits(message(Kind.ESSENTIAL))).isFalse();
        assertThat(journal.log().sent()).isEqualTo(4);
    }

    @Test
    void mergesChangesUntilTheyFit() {
        append(4);
        Outbound latest = change("tools");
        assertThat(journal.appendIfFits(change("tools"))).isFalse();
        assertThat(journal.appendIfFits(change("prompts"))).isFalse();
        assertThat(journal.appendIfFits(latest)).isFalse();
        var released = new ArrayList<Outbound>();
        journal.releaseChanges(released::add);
        assertThat(released).isEmpty();
        journal.acknowledge(1);
        journal.releaseChanges(released::add);
        assertThat(released).containsExactly(latest);
        assertThat(journal.log().sent()).isEqualTo(5);
        journal.acknowledge(5);
        journal.releaseChanges(released::add);
        journal.releaseChanges(released::add);
        assertThat(released).extracting(Outbound::coalesceKey).containsExactly("tools", "prompts");
    }

    @Test
    void countsWaitingChangesAndLetsOnlySoManyWait() {
        append(4);
        long full = journal.log().bytes();
        for (int i = 0; i < 4; i++) {
            assertThat(journal.hasRoomFor(change("uri" + i))).isTrue();
            assertThat(journal.appendIfFits(change("uri" + i))).isFalse();
        }
        assertThat(journal.log().heldBytes()).isEqualTo(full + LIMIT);
        assertThat(journal.hasRoomFor(change("uri0"))).as("merged").isTrue();
        assertThat(journal.appendIfFits(change("uri0"))).isFalse();
        assertThat(journal.hasRoomFor(change("uri4"))).isFalse();
        assertThat(journal.appendIfFits(change("uri4"))).as("numbered").isTrue();
        journal.acknowledge(5);
        journal.releaseChanges(_ -> {});
        assertThat(journal.log().heldBytes()).isEqualTo(LIMIT);
        journal.clear();
        assertThat(journal.log().heldBytes()).isZero();
    }

    @Test
    void numbersAChangeThatCannotBeMergedAlthoughItDoesNotFit() {
        append(4);
        assertThat(journal.appendIfFits(message(Kind.CHANGE))).isTrue();
        assertThat(journal.log().sent()).isEqualTo(5);
    }

    @Test
    void replaysWhatFollowsANumber() {
        append(4);
        journal.acknowledge(1);
        var read = new ArrayList<Long>();
        journal.replay(2, (number, _) -> read.add(number));
        assertThat(read).containsExactly(3L, 4L);
        read.clear();
        journal.replay(0, (number, _) -> read.add(number));
        assertThat(read).containsExactly(2L, 3L, 4L);
    }

    @Test
    void continuesAnotherOwnersSession() {
        Outbound kept = answer();
        journal.restore(stored(kept), 7);
        assertThat(journal.log().sent()).isEqualTo(8);
        assertThat(journal.claim(ID)).isEqualTo(new Kept(kept));
        assertThat(writes).isEmpty();
    }

    @Test
    void continuesAfterWhatTheClientHasAndTheStoreHasNot() {
        journal.restore(stored(answer()), 9);
        assertThat(journal.log().sent()).isEqualTo(9);
        assertThat(journal.log().unacknowledged()).isEmpty();
        assertThat(journal.claim(ID)).isEqualTo(new Settled());
        assertThat(writes).containsExactly("settled[\"a\"]", "acknowledged[9]");
    }

    private static StoredSession stored(Outbound kept) {
        return new StoredSession(
                List.of("first"), SessionState.NEW, 7, List.of(kept), Map.of(), List.of());
    }

    @Test
    void takesForwardedMessagesThatAreNoAnswers() {
        assertThat(journal.claimForwarded(message(Kind.PROGRESS))).isTrue();
        assertThat(journal.claimForwarded(answer())).isTrue();
        assertThat(journal.claimForwarded(answer())).isFalse();
    }

    @Test
    void describesAllThatTheStoreMustKnow() {
        append(2);
        journal.acknowledge(1);
        journal.claim(ID);
        var ended = new RequestId.Text("ended");
        journal.claim(ended);
        journal.unanswered(ended);
        StoredSession snapshot = journal.snapshot(List.of("first"), SessionState.NEW, "here");
        assertThat(snapshot.tokens()).containsExactly("first");
        assertThat(snapshot.acknowledged()).isEqualTo(1);
        assertThat(snapshot.sent()).isEqualTo(2);
        assertThat(snapshot.running()).isEqualTo(Map.of(ID, new Runner(2, "here")));
        assertThat(snapshot.settled()).containsExactly(ended);
    }

    @Test
    void keepsNothingWhenItIsCleared() {
        append(4);
        journal.appendIfFits(change("tools"));
        journal.claim(ID);
        journal.clear();
        journal.releaseChanges(_ -> {
            throw new AssertionError("a change was left");
        });
        assertThat(journal.log().bytes()).isZero();
        assertThat(journal.snapshot(List.of(), SessionState.NEW, "here").running()).isEmpty();
    }

    @Test
    void keepsWhatTheFormerOwnerHasSentForAClientThatCountsAsManyMessages() {
        var stored =
                new StoredSession(
                        List.of("token"),
                        SessionState.NEW,
                        3,
                        List.of(answer()),
                        Map.of(),
                        List.of());
        journal.restore(stored, 4);
        assertThat(journal.log().unacknowledged()).hasSize(1);
        assertThat(writes).isEmpty();
    }

    /** Otherwise the client would end with the older state. */
    @Test
    void sendsNoChangeBeforeAnOlderOneOfTheSameKey() {
        append(4);
        Outbound large = new Outbound(new byte[3 * SIZE], Kind.CHANGE, "large");
        Outbound newer = change("task");
        assertThat(journal.appendIfFits(large)).isFalse();
        assertThat(journal.appendIfFits(change("task"))).isFalse();
        journal.acknowledge(1);
        var released = new ArrayList<Outbound>();
        journal.releaseChanges(released::add);
        assertThat(released).as("the large one comes first").isEmpty();
        assertThat(journal.appendIfFits(newer)).isFalse();
        journal.acknowledge(4);
        journal.releaseChanges(released::add);
        assertThat(released).containsExactly(large, newer);
    }
}
