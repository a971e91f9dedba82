package io.springline.session.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.springline.concurrent.SharedThread;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.session.request.InFlightRequests.Duplicate;
import io.springline.session.request.InFlightRequests.Full;
import io.springline.session.request.InFlightRequests.Opened;
import io.springline.testing.McpPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class InFlightTest {

    private static final RequestId ID = new RequestId.Number(1);
    private static final Response RESULT =
            new ResultResponse(ID, JsonNodeFactory.instance.objectNode());
    private static final Response TIMED_OUT =
            new ErrorResponse(ID, ErrorCode.INTERNAL_ERROR.error("timed out"));

    private final InFlightRequests table = new InFlightRequests(2, Duration.ofSeconds(1));
    private final List<Response> sent = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger silentEnds = new AtomicInteger();

    @Test
    void exactlyOneOfManyAnswersCancelsAndExpiriesWins() throws Exception {
        for (int round = 0; round < 300; round++) {
            sent.clear();
            silentEnds.set(0);
            var cancelActions = new AtomicInteger();
            var answered = new AtomicInteger();
            InFlight request = open(ID);
            request.onCancel(cancelActions::incrementAndGet);
            race(
                    () -> answered.addAndGet(request.answer(RESULT) ? 1 : 0),
                    () -> answered.addAndGet(request.answer(RESULT) ? 1 : 0),
                    request::cancel,
                    request::cancel,
                    () -> request.expire(TIMED_OUT),
                    () -> request.onCancel(cancelActions::incrementAndGet));
            assertThat(sent.size() + silentEnds.get()).isEqualTo(1);
            assertThat(answered.get()).isEqualTo(sent.contains(RESULT) ? 1 : 0);
            assertThat(request.isCancelled()).isEqualTo(!sent.contains(RESULT));
            assertThat(cancelActions.get()).isEqualTo(request.isCancelled() ? 2 : 0);
            assertThat(table.count()).isZero();
            assertThat(table.find(ID)).isNull();
        }
    }

    @Test
    void nothingIsSentAfterTheEnd() throws Exception {
        for (int round = 0; round < 300; round++) {
            var order = Collections.synchronizedList(new ArrayList<String>());
            var opened = (Opened) table.open(ID, _ -> order.add("answer"), () -> {});
            InFlight request = opened.request();
            race(
                    () -> request.whileRunning(() -> order.add("progress")),
                    () -> request.answer(RESULT),
                    () -> request.whileRunning(() -> order.add("progress")));
            assertThat(order.getLast()).isEqualTo("answer");
        }
    }

    /** The reply encodes, compresses and writes: nobody else waits for that. */
    @Test
    void repliesWithoutItsLock() throws Exception {
        var replying = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var opened =
                (Opened)
                        table.open(
                                ID,
                                _ -> {
                                    replying.countDown();
                                    awaitUninterruptibly(release);
                                },
                                () -> {});
        InFlight request = opened.request();
        Thread answering = Thread.ofVirtual().start(() -> request.answer(RESULT));
        assertThat(replying.await(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
        Thread other =
                Thread.ofVirtual()
                        .start(() -> {
                            request.cancel();
                            request.whileRunning(() -> sent.add(RESULT));
                            request.hasEnded();
                            request.isOverdue(0);
                        });
        assertThat(other.join(Duration.ofMinutes(1))).isTrue();
        assertThat(table.isIdle()).isFalse();
        release.countDown();
        answering.join();
        assertThat(table.isIdle()).isTrue();
        assertThat(sent).isEmpty();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void letsRequestsBeginInTheirOrderAsOthersEnd() throws Exception {
        var begun = new LinkedBlockingQueue<Integer>();
        var requests = new ArrayList<InFlight>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            requests.add(open(new RequestId.Number(i)));
            assertThat(table.begin(requests.get(i), () -> begun.add(number))).isEqualTo(i < 2);
        }
        assertThat(table.open(new RequestId.Number(4), sent::add, () -> {})).isEqualTo(new Full(2));
        requests.get(2).cancel();
        requests.get(2).cancel();
        assertThat(begun).isEmpty();
        requests.get(1).answer(RESULT);
        assertThat(begun.poll(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(3);
        InFlight next = open(new RequestId.Number(5));
        assertThat(table.begin(next, () -> begun.add(5))).isFalse();
        requests.get(0).keepOpen();
        assertThat(begun.poll(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isEqualTo(5);
        requests.forEach(request -> request.answer(RESULT));
        next.answer(RESULT);
        assertThat(table.count()).isZero();
        assertThat(table.begin(open(ID), () -> {})).isTrue();
        assertThat(table.begin(open(new RequestId.Text("1")), () -> {})).isTrue();
        assertThat(begun).isEmpty();
    }

    @Test
    void doesNotCountARequestThatEndsBeforeItBegins() {
        for (int i = 0; i < 10; i++) {
            InFlight request = open(ID);
            request.cancel();
            assertThat(table.begin(request, () -> {})).isTrue();
        }
    }

    @Test
    void countsARequestOnceThatWasCancelledBeforeItBecameASubscription() {
        InFlight request = open(ID);
        request.cancel();
        request.keepOpen();
        assertThat(table.count()).isZero();
    }

    @Test
    void theIdIsFreeBeforeTheAnswerIsWritten() {
        var again = new ArrayList<InFlightRequests.Opening>();
        var opened =
                (Opened)
                        table.open(
                                ID, _ -> again.add(table.open(ID, sent::add, () -> {})), () -> {});
        opened.request().answer(RESULT);
        assertThat(again).hasOnlyElementsOfType(Opened.class).hasSize(1);
    }

    @Test
    void interruptsTheThreadOfACancelledRequestWheneverItIsKnown() throws Exception {
        InFlight before = open(ID);
        Thread waiting = Thread.ofVirtual().start(InFlightTest::sleep);
        before.runOn(waiting);
        before.cancel();
        assertThat(waiting.join(Duration.ofMinutes(1))).isTrue();
        InFlight after = open(ID);
        after.cancel();
        Thread late = Thread.ofVirtual().start(InFlightTest::sleep);
        after.runOn(late);
        assertThat(late.join(Duration.ofMinutes(1))).isTrue();
    }

    @Test
    void leavesAThreadAloneThatHasLeftWhileTheRequestEnds() throws Exception {
        var ending = new CountDownLatch(1);
        var left = new CountDownLatch(1);
        var opened =
                (Opened)
                        table.open(
                                ID,
                                _ -> {
                                    ending.countDown();
                                    awaitUninterruptibly(left);
                                },
                                () -> {});
        InFlight request = opened.request();
        request.runOn(Thread.currentThread());
        Thread expiry = Thread.ofVirtual().start(() -> request.expire(TIMED_OUT));
        ending.await();
        request.leave(Thread.currentThread());
        left.countDown();
        expiry.join();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void keepsTheThreadThatHasTakenOverWhenTheEarlierOneLeaves() throws Exception {
        InFlight request = open(ID);
        Thread next = Thread.ofVirtual().start(InFlightTest::sleep);
        request.runOn(next);
        request.leave(Thread.currentThread());
        request.cancel();
        assertThat(next.join(Duration.ofMillis(McpPeer.PATIENCE_MILLIS))).isTrue();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void leavesTheThreadOfAnAnsweredRequestAlone() {
        InFlight request = open(ID);
        request.runOn(Thread.currentThread());
        request.answer(RESULT);
        request.cancel();
        request.expire(TIMED_OUT);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(sent).containsExactly(RESULT);
    }

    @Test
    void keepsIdsApartByType() {
        open(ID);
        assertThat(table.open(ID, sent::add, () -> {})).isInstanceOf(Duplicate.class);
        assertThat(table.open(new RequestId.Text("1"), sent::add, () -> {}))
                .isInstanceOf(Opened.class);
    }

    @Test
    void isFullAtTwiceItsLimitSubscriptionsNotCounted() {
        open(ID).keepOpen();
        InFlight second = open(new RequestId.Number(2));
        open(new RequestId.Number(3));
        open(new RequestId.Number(4));
        open(new RequestId.Number(5));
        assertThat(table.open(new RequestId.Number(6), sent::add, () -> {})).isEqualTo(new Full(2));
        second.cancel();
        assertThat(table.open(new RequestId.Number(6), sent::add, () -> {}))
                .isInstanceOf(Opened.class);
        assertThat(table.count()).isEqualTo(4);
        table.cancelAll();
        assertThat(table.count()).isZero();
        assertThat(silentEnds).hasValue(5);
    }

    @Test
    void onlyRequestsBecomeOverdue() {
        open(ID).keepOpen();
        InFlight request = open(new RequestId.Number(2));
        long now = System.nanoTime();
        assertThat(table.overdue(now)).isEmpty();
        assertThat(table.overdue(now + Duration.ofSeconds(2).toNanos())).containsExactly(request);
    }

    @Test
    void countsNoTimeInWhichAHandlerWaitsForItsClient() {
        long hour = Duration.ofHours(1).toNanos();
        var patient = new InFlightRequests(2, Duration.ofHours(1));
        InFlight request = ((Opened) patient.open(ID, sent::add, () -> {})).request();
        long now = System.nanoTime();
        request.pauseDeadline(now);
        request.pauseDeadline(now + hour);
        assertThat(patient.overdue(now + 10 * hour)).isEmpty();
        request.resumeDeadline(now + 10 * hour);
        assertThat(patient.overdue(now + 20 * hour)).isEmpty();
        request.resumeDeadline(now + 20 * hour);
        assertThat(patient.overdue(now + 20 * hour)).isEmpty();
        assertThat(patient.overdue(now + 21 * hour)).containsExactly(request);
    }

    @Test
    void removesTheDeadlineOfASubscriptionThatPauses() {
        InFlight subscription = open(ID);
        subscription.pauseDeadline(0);
        subscription.keepOpen();
        subscription.resumeDeadline(1);
        assertThat(table.overdue(System.nanoTime() + Duration.ofDays(1).toNanos())).isEmpty();
    }

    @Test
    void hasRoomWhileOneMoreRequestWouldNotMakeTheReaderWait() throws InterruptedException {
        for (int id = 1; id <= 2; id++) {
            assertThat(table.hasRoom()).isTrue();
            assertThat(table.begin(open(new RequestId.Number(id)), () -> {})).isTrue();
        }
        assertThat(table.hasRoom()).isTrue();
        assertThat(table.begin(open(new RequestId.Number(3)), () -> {})).isFalse();
        SharedThread.run(() -> assertThatNoException().isThrownBy(table::awaitRoom));
        assertThat(table.hasRoom()).isFalse();
        table.find(new RequestId.Number(1)).cancel();
        assertThat(table.hasRoom()).isTrue();
    }

    private InFlight open(RequestId id) {
        return ((Opened) table.open(id, sent::add, silentEnds::incrementAndGet)).request();
    }

    private static void race(Runnable... runners) throws Exception {
        var start = new CyclicBarrier(runners.length);
        var threads = new ArrayList<Thread>();
        for (Runnable runner : runners) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    start.await();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                                runner.run();
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(Duration.ofMinutes(1));
        } catch (InterruptedException e) {
            // what the test waits for
        }
    }

    @Test
    void theIdIsFreeBeforeTheAnswerIsSentButTheTableIsNotIdleUntilAfter() {
        var table = new InFlightRequests(1, java.time.Duration.ofMinutes(1));
        var id = new io.springline.jsonrpc.RequestId.Number(1);
        var idle = new java.util.ArrayList<Boolean>();
        var opening =
                (InFlightRequests.Opened)
                        table.open(
                                id,
                                _ -> {
                                    idle.add(table.isIdle());
                                    assertThat(table.find(id)).isNull();
                                },
                                () -> {});
        opening.request()
                .answer(
                        new io.springline.jsonrpc.JsonRpcMessage.ErrorResponse(
                                id, new io.springline.jsonrpc.JsonRpcError(1, "x", null)));
        assertThat(idle).containsExactly(false);
        assertThat(table.isIdle()).isTrue();
    }
}
