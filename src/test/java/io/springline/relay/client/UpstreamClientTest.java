package io.springline.relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.StdioServer;
import io.springline.relay.config.RelayProperties.Mode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Which message belongs to which request. */
class UpstreamClientTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final RequestId ONE = new RequestId.Text("1");
    private static final RequestId TWO = new RequestId.Text("2");

    private final List<JsonRpcMessage> sent = new CopyOnWriteArrayList<>();
    private final UpstreamClient client =
            new UpstreamClient("up", Mode.PER_SESSION, new Sink(), new Silent());

    private @Nullable RuntimeException closed;
    private @Nullable Error failure;

    private final class Sink implements UpstreamTransport {
        @Override
        public void start(Receiver receiver) {}

        @Override
        public void send(JsonRpcMessage message) {
            if (failure != null) {
                throw failure;
            }
            if (closed != null) {
                throw closed;
            }
            sent.add(message);
        }

        @Override
        public void cancel(RequestId request, Notification notification) {
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            sent.add(notification);
        }

        @Override
        public void close() {
            client.closed("closed");
        }
    }

    private static final class Silent implements UpstreamClient.Listener {
        @Override
        public void notified(String method, @Nullable ObjectNode params) {}

        @Override
        public void trouble(String what) {}

        @Override
        public void closed(String reason) {}
    }

    /** Answers when it is told to, and counts who gave up waiting for that. */
    private static final class Asked implements ClientCallback {
        final CountDownLatch answer = new CountDownLatch(1);
        final CountDownLatch stopped = new CountDownLatch(1);

        @Override
        public void progress(ObjectNode params) {}

        @Override
        public void log(ObjectNode params) {}

        @Override
        public ObjectNode ask(String method, ObjectNode params) throws InterruptedException {
            try {
                answer.await();
            } catch (InterruptedException e) {
                stopped.countDown();
                throw e;
            }
            return StdioServer.read("{'action':'accept'}");
        }
    }

    private FutureTask<JsonNode> request(RequestId id, @Nullable ClientCallback exchange) {
        Callable<JsonNode> request =
                () ->
                        client.await(
                                client.send(id, "m", StdioServer.read("{}"), exchange, PATIENCE),
                                PATIENCE);
        var task = new FutureTask<>(request);
        Thread.startVirtualThread(task);
        await().until(() ->
                sent.stream()
                        .anyMatch(each ->
                                each instanceof Request(var sentId, _, _) && sentId.equals(id)));
        return task;
    }

    private void answer(RequestId id, String result) {
        client.receivedOnSharedStream(new ResultResponse(id, StdioServer.read(result)));
    }

    /** The transport reports its end, by {@code closed}, after its last exchange. */
    @Test
    void letsACallBeRepeatedThatAClosedTransportHasNotSent() {
        closed = new ClosedTransportException("Upstream 'up' is closed");
        assertThat(client.isOpen()).isTrue();
        PendingCall call =
                client.send(
                        client.nextId(),
                        "tools/call",
                        StdioServer.read("{}"),
                        new Asked(),
                        PATIENCE);
        assertThat(client.isOpen()).as("open for the repeated call").isFalse();
        assertThatThrownBy(() -> client.await(call, PATIENCE))
                .isInstanceOf(NotBegunException.class)
                .hasMessage("Upstream 'up': is closed");
    }

    @Test
    void takesAnswersInAnyOrderOnceEach() throws Exception {
        var one = request(ONE, new Asked());
        var two = request(TWO, new Asked());
        answer(new RequestId.Text("3"), "{'of':3}");
        answer(TWO, "{'of':2}");
        answer(TWO, "{'of':'2 again'}");
        answer(ONE, "{'of':1}");
        assertThat(one.get().path("of").asInt()).isEqualTo(1);
        assertThat(two.get().path("of").asInt()).isEqualTo(2);
        answer(ONE, "{'of':'1 late'}");
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void cancelsARequestThatIsEndedWhileNoThreadWaits() {
        var call = client.send(ONE, "m", StdioServer.read("{}"), new Asked(), PATIENCE);
        call.answer().completeExceptionally(new InterruptedException());
        answer(ONE, "{'of':1}");
        // A thread that continues a cancelled call is interrupted as soon as it begins.
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> client.await(call, PATIENCE))
                .isInstanceOf(InterruptedException.class);
        assertThat(sent.getLast())
                .isInstanceOfSatisfying(
                        Notification.class,
                        each -> assertThat(each.method()).isEqualTo("notifications/cancelled"));
        assertThat(client.hasCalls()).isFalse();
    }

    @Test
    void endsARequestThatCannotBeSentBecauseOfAnError() {
        failure = new StackOverflowError("deep");
        var call = client.send(ONE, "m", StdioServer.read("{}"), new Asked(), PATIENCE);
        assertThatThrownBy(() -> client.await(call, PATIENCE)).isSameAs(failure);
        assertThat(client.hasCalls()).isFalse();
    }

    @Test
    void endsARequestWhoseConnectionEndsWhileNoThreadWaits() {
        var call = client.send(ONE, "m", StdioServer.read("{}"), new Asked(), PATIENCE);
        client.closed("it crashed");
        assertThat(call.answer()).isCompletedExceptionally();
        assertThatThrownBy(() -> client.await(call, PATIENCE)).isInstanceOf(LostException.class);
        assertThat(client.hasCalls()).isFalse();
    }

    @Test
    void cancelsARequestWhoseTimeIsUp() {
        var timeout = Duration.ofMillis(1);
        var call = client.send(ONE, "m", StdioServer.read("{}"), new Asked(), timeout);
        assertThatThrownBy(() -> client.await(call, timeout))
                .hasMessageContaining("did not answer within 1 ms");
        assertThat(sent.getLast()).isInstanceOf(Notification.class);
    }

    @Test
    void namesTheReasonToCallsInFlightWhenItIsClosed() throws Exception {
        var call = request(ONE, new Asked());
        client.close("it no longer answers: HTTP 502");
        assertThatThrownBy(call::get).hasMessageContaining("it no longer answers: HTTP 502");
        assertThatThrownBy(() -> client.request("m", StdioServer.read("{}"), PATIENCE))
                .hasMessageContaining("it no longer answers: HTTP 502");
    }

    @Test
    void keepsQuestionsApartFromRequestsWithTheSameId() throws Exception {
        var asked = new Asked();
        var call = request(ONE, asked);
        client.receivedOnSharedStream(
                new Request(ONE, "elicitation/create", StdioServer.read("{}")));
        asked.answer.countDown();
        await().untilAsserted(() ->
                assertThat(sent)
                        .contains(
                                new ResultResponse(ONE, StdioServer.read("{'action':'accept'}"))));
        assertThat(call.isDone()).isFalse();
        answer(ONE, "{'of':1}");
        assertThat(call.get().path("of").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {"7, 7", "7, '7'", "'7', 7"})
    void stopsAskingWhenTheUpstreamWithdrawsItsQuestion(String id, String cancelled)
            throws Exception {
        var asked = new Asked();
        request(ONE, asked);
        client.receivedOnSharedStream(
                new Request(RequestId.of(json(id)), "elicitation/create", StdioServer.read("{}")));
        ObjectNode params = StdioServer.read("{}");
        params.set("requestId", json(cancelled));
        client.receivedOnSharedStream(new Notification("notifications/cancelled", params));
        assertThat(asked.stopped.await(60, TimeUnit.SECONDS)).isTrue();
        answer(ONE, "{}");
    }

    private static JsonNode json(String id) {
        return StdioServer.JSON.readTree(id.replace('\'', '"'));
    }

    @Test
    void takesAnErrorWithoutAnIdForTheAnswerToTheOnlyRequestOfOurs() throws Exception {
        var error = new ErrorResponse(null, ErrorCode.METHOD_NOT_FOUND.error("no"));
        var call = request(ONE, new Asked());
        client.receivedOnSharedStream(error);
        assertThat(call.isDone()).isFalse();
        answer(ONE, "{}");
        call.get();
        var discover = request(TWO, null);
        client.receivedOnSharedStream(error);
        assertThatThrownBy(discover::get).hasCauseInstanceOf(JsonRpcException.class);
    }

    /** A call after a long pause must not look as if the upstream had been asked since then. */
    @Test
    void isSilentSinceTheFirstCallThatItHasNotAnswered() {
        await().until(() -> client.silence().compareTo(Duration.ofMillis(1)) > 0);
        long before = System.nanoTime();
        ObjectNode params = StdioServer.JSON.createObjectNode();
        client.send(ONE, "tools/call", params, new Asked(), PATIENCE);
        Duration silence = client.silence();
        assertThat(silence).isLessThanOrEqualTo(Duration.ofNanos(System.nanoTime() - before));
        client.send(TWO, "tools/call", params, new Asked(), PATIENCE);
        assertThat(client.silence()).isGreaterThanOrEqualTo(silence);
        before = System.nanoTime();
        client.received(new ResultResponse(TWO, params), null);
        assertThat(client.silence())
                .isLessThanOrEqualTo(Duration.ofNanos(System.nanoTime() - before));
    }
}
