package io.springline.session.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

class OutgoingRequestsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final JsonNode RESULT = JsonNodeFactory.instance.objectNode().put("a", 1);

    private final OutgoingRequests outgoing = new OutgoingRequests();
    private final List<RequestId> abandoned = Collections.synchronizedList(new ArrayList<>());

    @Test
    void givesTheAnswerToWhoAsked() throws Exception {
        JsonNode result =
                call(LONG, request -> settle(new ResultResponse(request.id(), RESULT), true));
        assertThat(result).isEqualTo(RESULT);
        assertThat(abandoned).isEmpty();
    }

    @Test
    void takesOneAnswerOnly() throws Exception {
        call(
                LONG,
                request -> {
                    settle(new ResultResponse(request.id(), RESULT), true);
                    settle(new ResultResponse(request.id(), RESULT), false);
                    settle(new ResultResponse(new RequestId.Number(1), RESULT), false);
                });
    }

    @Test
    void neverUsesAnIdTwice() throws Exception {
        var ids = new ArrayList<RequestId>();
        for (int i = 0; i < 3; i++) {
            call(
                    LONG,
                    request -> {
                        ids.add(request.id());
                        settle(new ResultResponse(request.id(), RESULT), true);
                    });
        }
        assertThat(ids).doesNotHaveDuplicates().hasSize(3);
    }

    @Test
    void throwsTheErrorOfTheClient() {
        assertThatThrownBy(() ->
                        call(
                                LONG,
                                request ->
                                        outgoing.settle(
                                                new ErrorResponse(
                                                        request.id(),
                                                        ErrorCode.INVALID_PARAMS.error("no")),
                                                request.id())))
                .isInstanceOfSatisfying(
                        JsonRpcException.class,
                        e -> assertThat(e.error().message()).isEqualTo("no"));
        assertThat(abandoned).isEmpty();
    }

    @Test
    void givesUpInTimeAndSaysSo() {
        var asked = new AtomicReference<RequestId>();
        assertThatThrownBy(() -> call(Duration.ofMillis(1), request -> asked.set(request.id())))
                .isInstanceOf(JsonRpcException.class);
        assertThat(abandoned).containsExactly(asked.get());
        assertThat(outgoing.settle(new ResultResponse(asked.get(), RESULT), asked.get())).isFalse();
    }

    @Test
    void takesTheQuestionBackWhenInterrupted() {
        assertThatThrownBy(() -> call(LONG, _ -> Thread.currentThread().interrupt()))
                .isInstanceOf(InterruptedException.class);
        assertThat(abandoned).hasSize(1);
    }

    @Test
    void failsAtOnceWhenTheConnectionIsLost() {
        assertThatThrownBy(() -> call(LONG, _ -> outgoing.close()))
                .isInstanceOf(JsonRpcException.class);
        assertThatThrownBy(() -> call(LONG, _ -> {})).isInstanceOf(JsonRpcException.class);
        assertThat(abandoned).isEmpty();
    }

    @Test
    void asksNoMoreThanItsLimitAtATime() throws Exception {
        var sent = new CountDownLatch(OutgoingRequests.LIMIT);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < OutgoingRequests.LIMIT; i++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    call(LONG, _ -> sent.countDown());
                                } catch (JsonRpcException | InterruptedException lost) {
                                    // closed below
                                }
                            }));
        }
        sent.await();
        assertThatThrownBy(() -> call(LONG, _ -> {})).isInstanceOf(JsonRpcException.class);
        outgoing.close();
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofMinutes(1))).isTrue();
        }
    }

    private JsonNode call(Duration timeout, Consumer<Request> send) throws InterruptedException {
        return outgoing.call("roots/list", null, timeout, send, abandoned::add);
    }

    private void settle(ResultResponse response, boolean awaited) {
        assertThat(outgoing.settle(response, response.id())).isEqualTo(awaited);
    }
}
