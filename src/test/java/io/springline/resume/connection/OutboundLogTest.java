package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboundLogTest {

    private static final int SIZE = 36;
    private static final long CHARGE = SIZE + Outbound.OVERHEAD_BYTES;

    private final OutboundLog log =
            new OutboundLog(4 * CHARGE, UnreadMemory.unlimited().account(() -> "alice"));
    private final List<Outbound> forgotten = new ArrayList<>();

    private static Outbound message() {
        return Outbound.essential(new byte[SIZE]);
    }

    private List<Outbound> append(int count) {
        var added = new ArrayList<Outbound>();
        for (int i = 0; i < count; i++) {
            added.add(message());
            log.append(added.getLast());
        }
        return added;
    }

    @Test
    void numbersMessagesFromOne() {
        assertThat(log.sent()).isZero();
        append(3);
        assertThat(log.sent()).isEqualTo(3);
        assertThat(log.acknowledged()).isZero();
        assertThat(log.bytes()).isEqualTo(3 * CHARGE);
    }

    @Test
    void removesWhatIsAcknowledged() {
        List<Outbound> added = append(3);
        log.acknowledge(2, forgotten::add);
        assertThat(forgotten).containsExactlyElementsOf(added.subList(0, 2));
        assertThat(log.unacknowledged()).containsExactly(added.getLast());
        assertThat(log.acknowledged()).isEqualTo(2);
        assertThat(log.sent()).isEqualTo(3);
        assertThat(log.bytes()).isEqualTo(CHARGE);
        log.acknowledge(2, forgotten::add);
        log.acknowledge(3, forgotten::add);
        assertThat(forgotten).isEqualTo(added);
    }

    @Test
    void rejectsAnAcknowledgementOfWhatWasNotSentOrIsGone() {
        append(2);
        log.acknowledge(1, forgotten::add);
        assertThatIllegalArgumentException().isThrownBy(() -> log.acknowledge(0, forgotten::add));
        assertThatIllegalArgumentException().isThrownBy(() -> log.acknowledge(3, forgotten::add));
        assertThat(forgotten).hasSize(1);
    }

    @Test
    void fitsMessagesUpToTheLimit() {
        append(3);
        assertThat(log.fits(message())).isTrue();
        append(1);
        assertThat(log.fits(message())).isFalse();
        assertThat(log.isOverLimit()).isFalse();
        append(1);
        assertThat(log.isOverLimit()).isTrue();
    }

    @Test
    void leavesHalfOfTheLimitToMessagesThatAreNotDropped() {
        append(1);
        assertThat(log.fitsIfDispensable(message())).isTrue();
        append(1);
        assertThat(log.fitsIfDispensable(message())).isFalse();
        assertThat(log.fits(message())).isTrue();
    }

    @Test
    void fitsAMessageOfAnySizeWhileItIsEmpty() {
        Outbound large = Outbound.essential(new byte[(int) (10 * CHARGE)]);
        assertThat(log.fits(large)).isTrue();
        assertThat(log.fitsIfDispensable(large)).isTrue();
        append(1);
        assertThat(log.fits(large)).isFalse();
        assertThat(log.fitsIfDispensable(large)).isFalse();
    }

    @Test
    void continuesWithTheMessagesOfAnotherOwner() {
        List<Outbound> kept = List.of(message(), message());
        log.restore(7, kept);
        assertThat(log.acknowledged()).isEqualTo(7);
        assertThat(log.sent()).isEqualTo(9);
        assertThat(log.unacknowledged()).containsExactlyElementsOf(kept);
        assertThat(log.bytes()).isEqualTo(2 * CHARGE);
    }

    @Test
    void continuesAfterMessagesThatOnlyTheClientHas() {
        List<Outbound> kept = List.of(message(), message());
        log.restore(7, kept);
        log.skipTo(12, forgotten::add);
        assertThat(forgotten).isEqualTo(kept);
        assertThat(log.acknowledged()).isEqualTo(12);
        assertThat(log.sent()).isEqualTo(12);
        assertThat(log.bytes()).isZero();
    }

    @Test
    void countsTheIdOfTheRequestThatCausedAMessage() {
        RequestId id = new RequestId.Text("x".repeat(RequestId.MAX_LENGTH));
        log.append(message().belongingTo(id));
        assertThat(log.bytes()).isEqualTo(CHARGE + RequestId.MAX_LENGTH);
        log.acknowledge(1, forgotten::add);
        assertThat(log.bytes()).isZero();
    }

    @Test
    void countsNothingWhenItIsCleared() {
        append(2);
        log.clear();
        assertThat(log.bytes()).isZero();
        assertThat(log.unacknowledged()).isEmpty();
    }

    @Test
    void reportsItsBytesToTheClientsAccount() {
        UnreadMemory memory = new UnreadMemory(400_000);
        var large = new OutboundLog(Long.MAX_VALUE, memory.account(() -> "alice"));
        large.append(Outbound.essential(new byte[100_000]));
        assertThat(memory.bytes()).isEqualTo(100_000 + Outbound.OVERHEAD_BYTES);
        assertThat(large.isHeldBack()).isTrue();
        assertThat(large.isOverLimit()).isTrue();
        large.acknowledge(1, _ -> {});
        assertThat(memory.bytes()).isZero();
        assertThat(large.isHeldBack()).isFalse();
        large.append(Outbound.essential(new byte[100_000]));
        large.clear();
        assertThat(memory.bytes()).isZero();
    }
}
