package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.resume.connection.Attachment.Detached;
import io.springline.resume.connection.Attachment.Ended;
import io.springline.resume.connection.Attachment.Moved;
import io.springline.resume.connection.Attachment.State;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayDecisionTest {

    private static final State DETACHED = new Detached(new Absence(0));

    /** Has sent the messages 1 to 4, of which 1 and 2 are acknowledged. */
    private final OutboundLog log =
            new OutboundLog(1000, UnreadMemory.unlimited().account(() -> "alice"));

    ReplayDecisionTest() {
        for (int i = 0; i < 4; i++) {
            log.append(Outbound.essential(new byte[1]));
        }
        log.acknowledge(2, _ -> {});
    }

    private @Nullable Reason refusal(State state, boolean isTokenGood, long received) {
        return ReplayDecision.refusal(state, isTokenGood, log, received);
    }

    @ParameterizedTest
    @CsvSource({"2", "3", "4"})
    void replaysWhatFollowsTheLastReceivedMessage(long received) {
        assertThat(refusal(DETACHED, true, received)).isNull();
    }

    @Test
    void refusesACountThatWasNotReached() {
        assertThat(refusal(DETACHED, true, 5)).isEqualTo(Reason.UNKNOWN);
    }

    @Test
    void refusesACountWhoseMessagesAreGone() {
        assertThat(refusal(DETACHED, true, 1)).isEqualTo(Reason.OVERFLOW);
    }

    @Test
    void refusesABadTokenWithoutSayingWhatIsKept() {
        assertThat(refusal(DETACHED, false, 3)).isEqualTo(Reason.UNKNOWN);
        assertThat(refusal(DETACHED, false, 1)).isEqualTo(Reason.UNKNOWN);
    }

    @Test
    void refusesASessionThatHasEndedWithItsReason() {
        assertThat(refusal(new Ended(Reason.EXPIRED), true, 3)).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void refusesASessionOfAnotherNode() {
        assertThat(refusal(new Moved(null), true, 3)).isEqualTo(Reason.UNKNOWN);
    }

    /** The owner has fence 5 and shares the messages 1 to 10 with the owner before. */
    @ParameterizedTest
    @CsvSource({
        "0, 99, true",
        "5, 99, true",
        "6, 99, true",
        "4, 10, true",
        "4, 11, false",
        "3, 1, false"
    })
    void servesOnlyACountThatIsItsOwn(long granter, long received, boolean alike) {
        var attempt = new Attempt(new Binding("id", "alice", "", "e"), "a", "b", received, granter);
        assertThat(ReplayDecision.countsAlike(attempt, TestLease.of(5, 10))).isEqualTo(alike);
    }
}
