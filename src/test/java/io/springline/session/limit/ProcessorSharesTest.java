package io.springline.session.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.springline.session.Caller;
import io.springline.session.Identity;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Four processors, of which one principal has two while another one is active. */
class ProcessorSharesTest {

    private static final Caller MALLORY = new Caller("mallory", Set.of(), null);
    private static final Caller ALICE = new Caller("alice", Set.of(), null);

    private final AtomicLong now = new AtomicLong();
    private final ProcessorShares shares = new ProcessorShares(4, 2, now::get);
    private final ProcessorShare mallory = shares.of(MALLORY.clientAt("10.0.0.66"));
    private final ProcessorShare alice = shares.of(ALICE.clientAt("10.0.0.1"));
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<Integer> begun = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    @AfterEach
    void everyPieceOfWorkEnds() throws Exception {
        release.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(mallory.waiting()).isZero();
    }

    /** One after the other: the next begins when this one runs or waits. */
    private void begin(int... works) {
        begin(mallory, works);
    }

    private void begin(ProcessorShare share, int... works) {
        for (int work : works) {
            int known = begun.size() + share.waiting();
            threads.add(
                    Thread.startVirtualThread(() ->
                            share.run(() -> {
                                begun.add(work);
                                awaitRelease();
                                return work;
                            })));
            await().until(() -> begun.size() + share.waiting() > known);
        }
    }

    private void awaitRelease() {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void runsOnAllProcessorsWhileNobodyElseIsActive() {
        begin(1, 2, 3, 4, 5);
        assertThat(begun).containsExactly(1, 2, 3, 4);
    }

    @Test
    void leavesProcessorsToOthersWhoAreActive() {
        alice.run(() -> 0);
        begin(1, 2, 3, 4, 5);
        assertThat(begun).containsExactly(1, 2);
        assertThat(mallory.waiting()).isEqualTo(3);
        assertThat(alice.run(() -> "served")).isEqualTo("served");
    }

    @Test
    void bearsThatAnotherClientBecomesActiveWhileWorkRuns() {
        begin(1, 2, 3, 4, 5);
        alice.run(() -> 0);
        release.countDown();
        await().until(() -> begun.size() == 5);
    }

    @Test
    void hasAllProcessorsAgainTenSecondsAfterTheLastMessageOfAnother() {
        alice.run(() -> 0);
        begin(1, 2, 3);
        now.addAndGet(ProcessorShares.ACTIVE_NANOS);
        begin(4);
        release.countDown();
        await().until(() -> begun.size() == 4);
        assertThat(shares.limitFor(mallory)).isEqualTo(4);
    }

    @Test
    void runsWhatWaitsInTheOrderOfItsArrival() {
        ProcessorShare one = new ProcessorShares(1, 1).of(MALLORY.clientAt(""));
        begin(one, 1, 2, 3, 4, 5, 6);
        release.countDown();
        await().until(() -> begun.size() == 6);
        assertThat(begun).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void isOneForAllConnectionsOfAPrincipalAndOneForEachAddressOfAnonymousClients() {
        assertThat(shares.of(MALLORY.clientAt("10.0.0.67"))).isSameAs(mallory);
        ProcessorShare anonymous = shares.of(Caller.ANONYMOUS.clientAt("10.0.0.66"));
        assertThat(shares.of(Caller.ANONYMOUS.clientAt("10.0.0.66"))).isSameAs(anonymous);
        assertThat(shares.of(Caller.ANONYMOUS.clientAt("10.0.0.67"))).isNotSameAs(anonymous);
        assertThat(shares.of(Caller.UNIDENTIFIED.clientAt("10.0.0.66"))).isNotSameAs(anonymous);
    }

    @Test
    void followsAClientThatAuthenticates() {
        var identity =
                new Identity(
                        Caller.UNIDENTIFIED,
                        _ -> true,
                        caller -> shares.of(caller.clientAt("10.0.0.66")),
                        UnreadMemory.unlimited());
        assertThat(identity.share()).isNotSameAs(mallory);
        identity.present(MALLORY);
        assertThat(identity.share()).isSameAs(mallory);
    }

    @Test
    void keepsAnInterruptForTheCodeOfTheTool() throws Exception {
        alice.run(() -> 0);
        begin(1, 2);
        var interrupted = new CompletableFuture<Boolean>();
        Thread waiting =
                Thread.startVirtualThread(() ->
                        mallory.run(() ->
                                interrupted.complete(Thread.currentThread().isInterrupted())));
        await().until(() -> mallory.waiting() == 1);
        waiting.interrupt();
        release.countDown();
        waiting.join();
        assertThat(interrupted).isCompletedWithValue(true);
    }

    @Test
    void givesTheTurnOnWhenWorkFails() {
        alice.run(() -> 0);
        for (int i = 0; i < 3; i++) {
            assertThatIllegalStateException()
                    .isThrownBy(() ->
                            mallory.run(() -> {
                                throw new IllegalStateException("broken");
                            }));
        }
        begin(1, 2);
        assertThat(begun).containsExactly(1, 2);
    }

    @Test
    void triesWithoutWaiting() {
        begin(1, 2, 3);
        // The inner piece of work needs no turn of its own.
        assertThat(
                        mallory.tryRun(() ->
                                assertThat(mallory.tryRun(() -> mallory.run(() -> begun.add(4))))
                                        .isTrue()))
                .isTrue();
        begin(5);
        assertThat(mallory.tryRun(() -> begun.add(6))).isFalse();
        begin(7);
        assertThat(mallory.tryRun(() -> begun.add(8))).isFalse();
        assertThat(begun).containsExactly(1, 2, 3, 4, 5);
        release.countDown();
        await().until(() -> mallory.tryRun(() -> begun.add(9)));
    }

    @Test
    void namesWhoWasHeldBackInTheLastTenSeconds() {
        alice.run(() -> 0);
        begin(1, 2);
        assertThat(shares.heldBack()).isEmpty();
        begin(3);
        now.addAndGet(10_000_000);
        assertThat(shares.heldBack()).containsExactly("mallory");
        release.countDown();
        await().until(() -> begun.size() == 3);
        assertThat(shares.heldBack()).containsExactly("mallory");
        now.addAndGet(ProcessorShares.ACTIVE_NANOS);
        assertThat(shares.heldBackCount()).isZero();
    }

    @Test
    void knowsABoundedNumberOfClients() {
        for (int i = 0; i < ProcessorShares.MAX_CLIENTS; i++) {
            shares.of(Caller.ANONYMOUS.clientAt("address " + i));
        }
        assertThat(shares.of(MALLORY.clientAt(""))).isNotSameAs(mallory);
    }
}
