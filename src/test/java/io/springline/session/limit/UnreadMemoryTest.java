package io.springline.session.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.session.limit.UnreadMemory.Account;
import io.springline.session.limit.UnreadMemory.Holder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class UnreadMemoryTest {

    private static final long MB = 1 << 20;

    private final UnreadMemory memory = new UnreadMemory(16 * MB);

    private Account of(String client) {
        return memory.account(() -> client);
    }

    /** Empties its account when it is told to. */
    private static final class Messages implements Holder {
        private final Account account;
        private final long unreadSince;
        private final AtomicInteger discarded = new AtomicInteger();
        private final AtomicInteger woken = new AtomicInteger();

        Messages(Account account, long bytes, long unreadSince) {
            this.account = account;
            this.unreadSince = unreadSince;
            account.heldBy(this);
            account.set(bytes);
        }

        @Override
        public long unreadSinceNanos() {
            return unreadSince;
        }

        @Override
        public void discardUnread() {
            discarded.incrementAndGet();
            account.set(0);
        }

        @Override
        public void roomAgain() {
            woken.incrementAndGet();
        }
    }

    @Test
    void holdsBackTheConnectionsOfAClientThatHaveUnreadMessages() {
        Account first = of("mallory");
        Account second = of("mallory");
        Account reading = of("mallory");
        Account other = of("alice");
        first.set(3 * MB);
        other.set(MB);
        assertThat(first.isHeldBack()).isFalse();

        second.set(2 * MB);

        assertThat(first.isHeldBack()).isTrue();
        assertThat(second.isHeldBack()).isTrue();
        assertThat(reading.isHeldBack()).isFalse();
        assertThat(other.isHeldBack()).isFalse();
        assertThat(memory.heldBack()).containsExactly("mallory");
        assertThat(memory.bytes()).isEqualTo(6 * MB);
    }

    @Test
    void wakesAllOnceTheClientHasReadHalf() {
        var first = new Messages(of("mallory"), 3 * MB, 0);
        var second = new Messages(of("mallory"), 2 * MB, 0);

        second.account.set(0);
        assertThat(first.account.isHeldBack()).isTrue();
        assertThat(second.account.isHeldBack()).isFalse();

        first.account.set(2 * MB);
        await().until(() -> first.woken.get() == 1);
        assertThat(first.account.isHeldBack()).isFalse();
        assertThat(memory.heldBack()).isEmpty();
    }

    @Test
    void refusesResultsBeyondTheShareOfAClientButNeverItsOnlyOne() {
        Account results = of("mallory");
        assertThat(results.claim(20 * MB)).isTrue();
        assertThat(results.claim(MB)).isFalse();
        assertThat(memory.bytes()).isEqualTo(20 * MB);
        assertThat(memory.refused()).isEqualTo(1);

        results.add(-20 * MB);
        for (int i = 0; i < 8; i++) {
            assertThat(results.claim(MB)).isTrue();
        }
        assertThat(results.claim(MB)).isFalse();
        assertThat(of("alice").claim(MB)).isTrue();
    }

    @Test
    void disconnectsTheSlowestReaderOfTheClientThatHoldsMostInFavourOfOthers() {
        var fast = new Messages(of("mallory"), 6 * MB, 200);
        var slow = new Messages(of("mallory"), 2 * MB, 100);
        var small = new Messages(of("alice"), 7 * MB, 0);

        assertThat(of("bob").claim(2 * MB)).isTrue();

        assertThat(slow.discarded).hasValue(1);
        assertThat(fast.discarded).hasValue(0);
        assertThat(small.discarded).hasValue(0);
    }

    @Test
    void refusesMoreToAClientAboveItsEqualShareOnceAllIsTaken() {
        new Messages(of("mallory"), 7 * MB, 0);
        new Messages(of("eve"), 7 * MB, 0);
        Account own = of("alice");
        own.set(6 * MB);
        assertThat(own.claim(MB)).isFalse();
        own.set(MB);
        assertThat(own.claim(MB)).isTrue();
    }

    @Test
    void countsNothingOfWhatHasEnded() {
        Account account = of("mallory");
        account.set(3 * MB);
        account.close();
        account.set(MB);
        assertThat(account.claim(MB)).isTrue();
        assertThat(memory.bytes()).isZero();
        assertThat(account.isHeldBack()).isFalse();
    }

    @Test
    void countsSmallMessagesOnceThereAreMany() {
        Account account = of("mallory");
        for (int i = 0; i < 64; i++) {
            account.add(1024);
        }
        assertThat(memory.bytes()).isEqualTo(64 * 1024);
        account.add(-64 * 1024);
        assertThat(memory.bytes()).isZero();
    }

    /** The name is asked for after the size was read, and before the report is complete. */
    @Test
    void countsNothingOfAnAccountThatIsEmptiedDuringItsReport() {
        var account = new AtomicReference<Account>();
        account.set(
                memory.account(() -> {
                    account.get().add(-MB);
                    return "mallory";
                }));
        account.get().add(MB);
        assertThat(memory.bytes()).isZero();
        assertThat(memory.heldBack()).isEmpty();
    }
}
