package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.springline.client.ScriptedServer.Peer;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the client does when its connection ends, and what it makes of how it ended. */
class ReconnectingTest extends ScriptedClientTests {

    @Test
    void aCutRepeatsUnderTheSameIdsInOrderOnceTheReplayHasArrived() throws Exception {
        Peer peer = open();
        var first = call("first");
        JsonNode firstRequest = peer.receive();
        client.notify("notifications/progress", params("{\"progress\":1}"));
        var second = call("second");
        JsonNode progress = peer.receive();
        JsonNode secondRequest = peer.receive();
        peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/one\"}");
        listener.message();
        peer.close();
        assertThat(listener.state()).isEqualTo(new ClientState.Resuming());

        Peer again = server.acceptResume("a1", 1, "a2", 3);
        assertThat(listener.state()).isEqualTo(new ClientState.Open(1, true));
        var third = call("third");
        again.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/two\"}");
        assertThat(listener.message()).isEqualTo(new Notification("notifications/two"));
        // nothing but the replay has been sent; only with its last message the client goes on
        again.result(firstRequest, "1");
        assertResult(first, 1);
        assertThat(again.receive()).isEqualTo(progress);
        assertThat(again.receive()).isEqualTo(secondRequest);
        JsonNode thirdRequest = again.receive();
        again.result(secondRequest, "2");
        again.result(secondRequest, "22");
        again.result(thirdRequest, "3");
        assertResult(second, 2);
        assertResult(third, 3);
        again.close();

        // the second answer counted, and was dropped; the progress has proved to have arrived
        Peer last = server.acceptResume("a2", 6, "a3", 6);
        var fourth = call("fourth");
        assertThat(last.receive().at("/params/name").asString()).isEqualTo("fourth");
        assertThat(fourth).isNotDone();
        assertThat(listener.isQuiet()).isTrue();
    }

    @Test
    void resumesWhileItsListenerBlocksAndDeliversEachMessageOnce() throws Exception {
        var released = new CountDownLatch(1);
        var heard = new LinkedBlockingQueue<String>();
        var blocking =
                new ClientListener() {
                    @Override
                    public void received(JsonRpcMessage message) {
                        heard.add(((Notification) message).method());
                        assertThatNoException().isThrownBy(released::await);
                    }
                };
        client = builder().listener(blocking).build();
        client.start();
        Peer peer = server.acceptOpen("a1");
        for (String method : List.of("notifications/1", "notifications/2", "notifications/3")) {
            peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}".formatted(method));
        }
        assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("notifications/1");
        peer.close();

        Peer again = server.acceptResume("a1", 3, "a2", 4);
        again.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/4\"}");
        var answer = call("after");
        again.result(again.receive(), "1");
        released.countDown();
        assertResult(answer, 1);
        assertThat(heard).containsExactly("notifications/2", "notifications/3", "notifications/4");
    }

    @Test
    void goesOnAfterAnErrorOfItsListener() throws Exception {
        var heard = new LinkedBlockingQueue<JsonRpcMessage>();
        var failing =
                new ClientListener() {
                    @Override
                    public void received(JsonRpcMessage message) {
                        heard.add(message);
                        throw new NoClassDefFoundError("planted");
                    }

                    @Override
                    public void stateChanged(ClientState state) {
                        throw new IllegalStateException("planted");
                    }
                };
        client = builder().listener(failing).build();
        client.start();
        Peer peer = server.acceptOpen("a1");
        for (int i = 0; i < 2; i++) {
            peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}");
            assertThat(heard.poll(60, TimeUnit.SECONDS)).isNotNull();
        }
        var answer = call("x");
        peer.result(peer.receive(), "1");
        assertResult(answer, 1);
    }

    @Test
    void closesWhileItsListenerBlocks() throws Exception {
        var interrupted = new AtomicInteger();
        var states = new CopyOnWriteArrayList<ClientState>();
        var blocking =
                new ClientListener() {
                    @Override
                    public void received(JsonRpcMessage message) {
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            interrupted.incrementAndGet();
                        }
                    }

                    @Override
                    public void stateChanged(ClientState state) {
                        states.add(state);
                    }
                };
        client = builder().listener(blocking).build();
        client.start();
        Peer peer = server.acceptOpen("a1");
        var answer = call("x");
        peer.receive();
        peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/1\"}");
        peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/2\"}");
        peer.awaitAcknowledged(2);
        client.close();
        assertThat(interrupted).hasValue(2);
        assertThat(answer).isDone();
        assertThat(states.getLast()).isInstanceOf(ClientState.Closed.class);
    }

    @Test
    void aPongProvesThatNotificationsHaveArrived() throws Exception {
        client = builder().heartbeat(Duration.ofMillis(50), Duration.ofSeconds(10)).build();
        Peer peer = open();
        client.notify("notifications/one", null);
        assertThat(peer.receive().path("method").asString()).isEqualTo("notifications/one");
        peer.answerPings(2); // the first may have left before the notification
        peer.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}");
        peer.receiveAny(); // the acknowledgement: the pongs have been read
        peer.close();
        Peer again = server.acceptResume("a1", 1, "a2", 1);
        client.notify("notifications/two", null);
        assertThat(again.receive().path("method").asString()).isEqualTo("notifications/two");
    }

    /**
     * Without a message, the server would accept its older tokens for as long as the client rests.
     */
    @Test
    void acknowledgesRightAfterItHasResumed() throws Exception {
        Peer peer = open();
        peer.close(1011);
        Peer again = server.acceptResume("a1", 0, "a2", 0);
        assertThat(again.receiveAny())
                .isEqualTo(
                        ScriptedServer.JSON.readTree(
                                "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":0}}"));
    }

    /** A ping may leave before the server has answered {@code springline/resume}. */
    @Test
    void aPongBeforeTheSessionIsResumedProvesNothing() throws Exception {
        client = builder().heartbeat(Duration.ofMillis(50), Duration.ofSeconds(10)).build();
        Peer peer = open();
        peer.ignorePings();
        client.notify("notifications/one", null);
        client.notify("notifications/two", null);
        assertThat(peer.receive().path("method").asString()).isEqualTo("notifications/one");
        // the client has recorded that it wrote the first one
        assertThat(peer.receive().path("method").asString()).isEqualTo("notifications/two");
        peer.close();
        Peer again = server.accept().upgrade();
        JsonNode resume = again.receive();
        again.answerPings(1);
        again.result(
                resume,
                """
                {"resumed":true,"token":"a2","epoch":"e-a","graceMs":1000,"maxBufferedBytes":4000,"sent":0}\
                """);
        client.notify("notifications/three", null);
        assertThat(again.receive().path("method").asString()).isEqualTo("notifications/one");
    }

    @Test
    void aLostSessionIsOpenedAnewAndKnowsWhatTheServerWasTold() throws Exception {
        Peer peer = open();
        JsonNode opened = null;
        for (var request :
                List.of(
                        new Request(
                                new RequestId.Number(0),
                                "initialize",
                                params("{\"capabilities\":{}}")),
                        new Request(
                                new RequestId.Number(1),
                                "logging/setLevel",
                                params("{\"level\":\"info\"}")),
                        new Request(
                                new RequestId.Number(2),
                                "resources/subscribe",
                                params("{\"uri\":\"a:b\"}")))) {
            client.send(request);
            JsonNode received = peer.receive();
            opened = opened == null ? received : opened;
            peer.result(received, "{}");
            assertThat(listener.message()).isInstanceOf(ResultResponse.class);
            if (request.method().equals("initialize")) {
                client.notify("notifications/initialized", null);
                peer.receive();
            }
        }
        var ran = call("may-have-run");
        var list = client.request("tools/list", null);
        peer.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"roots/list\"}");
        assertThat(listener.message()).isInstanceOf(Request.class);
        peer.receive();
        JsonNode listRequest = peer.receive();
        peer.close();

        Peer again = server.accept().upgrade();
        var unsent = call("not-sent");
        again.refuseResume("expired");
        assertThat(listener.await(ClientState.Lost.class))
                .isEqualTo(new ClientState.Lost("expired"));
        assertThat(listener.message())
                .isInstanceOfSatisfying(
                        Notification.class,
                        notification -> {
                            assertThat(notification.method()).isEqualTo("notifications/cancelled");
                            assertThat(notification.params())
                                    .hasToString(
                                            "{\"requestId\":1,\"reason\":\"the session was lost\"}");
                        });
        assertThat(answer(ran))
                .isInstanceOfSatisfying(
                        ErrorResponse.class,
                        error -> {
                            assertThat(error.error().code()).isEqualTo(-32603);
                            assertThat(error.error().message())
                                    .isEqualTo("Outcome unknown: the session was lost (expired)");
                            assertThat(error.error().data())
                                    .isEqualTo(
                                            params(
                                                    "{\"reason\":\"expired\",\"outcome\":\"unknown\"}"));
                        });
        client.send(new ResultResponse(new RequestId.Number(1), params("{\"roots\":[]}")));

        again.answerOpen("b1");
        JsonNode initialize = again.receive();
        assertThat(initialize.path("method").asString()).isEqualTo("initialize");
        assertThat(initialize.get("params")).isEqualTo(opened.get("params"));
        assertThat(initialize.get("id")).isNotEqualTo(opened.get("id"));
        again.result(initialize, "{}");
        assertThat(again.receive().path("method").asString())
                .isEqualTo("notifications/initialized");
        for (String method : List.of("logging/setLevel", "resources/subscribe")) {
            JsonNode setting = again.receive();
            assertThat(setting.path("method").asString()).isEqualTo(method);
            again.result(setting, "{}");
        }
        assertThat(again.receive()).isEqualTo(listRequest);
        JsonNode notSent = again.receive();
        assertThat(notSent.at("/params/name").asString()).isEqualTo("not-sent");
        assertThat(listener.state()).isEqualTo(new ClientState.Open(2, true));
        again.result(notSent, "1");
        assertResult(unsent, 1);
        again.result(listRequest, "2");
        assertResult(list, 2);
        again.close();

        // the answers to what the client has repeated by itself count, too
        Peer last = server.acceptResume("b1", 5, "b2", 5);
        // and the response to the session that is gone was never sent
        client.notify("notifications/last", null);
        assertThat(last.receive().path("method").asString()).isEqualTo("notifications/last");
        assertThat(listener.isQuiet()).isTrue();
    }

    @Test
    void aPlainServerIsServedAndACutLosesTheSession() throws Exception {
        client.start();
        Peer peer = server.accept().upgrade();
        peer.error(peer.receive(), "{\"code\":-32601,\"message\":\"Method not found\"}");
        assertThat(listener.state()).isEqualTo(new ClientState.Open(1, false));
        var ran = call("one");
        peer.receive();
        var list = client.request("tools/list", null);
        JsonNode listRequest = peer.receive();
        peer.close();
        assertThat(listener.state()).isEqualTo(new ClientState.Lost("not-resumable"));
        assertThat(answer(ran)).isInstanceOf(ErrorResponse.class);

        Peer again = server.accept().upgrade();
        again.error(again.receive(), "{\"code\":-32601,\"message\":\"Method not found\"}");
        assertThat(listener.await(ClientState.Open.class))
                .isEqualTo(new ClientState.Open(2, false));
        assertThat(again.receiveAny()).isEqualTo(listRequest);
        again.result(listRequest, "1");
        assertResult(list, 1);
    }

    @Test
    void aCancelledRequestIsNotRepeated() throws Exception {
        Peer peer = open();
        var call = call("long");
        JsonNode request = peer.receive();
        call.cancel(true);
        JsonNode cancelled = peer.receive();
        assertThat(cancelled.path("method").asString()).isEqualTo("notifications/cancelled");
        assertThat(cancelled.at("/params/requestId")).isEqualTo(request.get("id"));
        peer.close();
        Peer again = server.acceptResume("a1", 0, "a2", 0);
        assertThat(again.receive()).isEqualTo(cancelled);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1003, 1007, 1008, 1009, 4403, 4409})
    void aTerminalCloseCodeEndsTheClientAndAnswersWhatIsWaiting(int code) throws Exception {
        Peer peer = open();
        var call = call("one");
        peer.receive();
        peer.close(code);
        assertThat(listener.await(ClientState.Closed.class).reason())
                .contains(Integer.toString(code));
        assertThat(answer(call))
                .isInstanceOfSatisfying(
                        ErrorResponse.class,
                        error ->
                                assertThat(error.error().data().path("outcome").asString())
                                        .isEqualTo("unknown"));
        assertThatIllegalStateException()
                .isThrownBy(() -> call("two"))
                .withMessageContaining(Integer.toString(code));
    }

    @ParameterizedTest
    @ValueSource(ints = {1001, 1011, 1012, 4408, 4321})
    void anyOtherCloseCodeResumes(int code) throws Exception {
        Peer peer = open();
        peer.close(code);
        server.acceptResume("a1", 0, "a2", 0);
        assertThat(listener.await(ClientState.Open.class)).isEqualTo(new ClientState.Open(1, true));
    }

    @Test
    void anExpiredCredentialIsRenewedOnce() throws Exception {
        Peer peer = open();
        peer.close(4401);
        Peer again = server.acceptResume("a1", 0, "a2", 0);
        again.close(4401);
        assertThat(listener.await(ClientState.Closed.class).reason()).contains("4401");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 426})
    void aTerminalStatusEndsIt(int status) throws Exception {
        client.start();
        server.accept().refuse(status);
        assertThat(listener.await(ClientState.Closed.class).reason())
                .contains("HTTP status " + status);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void waitsAsLongAsARefusalAsksFor(int status) throws Exception {
        client.start();
        long start = System.nanoTime();
        server.accept().refuse(status, "Retry-After: 1");
        server.acceptOpen("a1");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(1_000_000_000L);
    }

    @Test
    void waitsAsLongAsADrainAsksFor() throws Exception {
        Peer peer = open();
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"method\":\"springline/drain\",\"params\":{\"reconnectAfterMs\":700}}");
        peer.receiveAny();
        long start = System.nanoTime();
        peer.close(1012);
        server.acceptResume("a1", 1, "a2", 1);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(700_000_000L);
        assertThat(listener.isQuiet()).isTrue();
    }

    @Test
    void requestsAfterADrainWaitForTheNextConnection() throws Exception {
        Peer peer = open();
        var first = call("one");
        JsonNode running = peer.receive();
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"method\":\"springline/drain\",\"params\":{\"reconnectAfterMs\":0}}");
        peer.receiveAny();
        var second = call("two");
        client.notify("notifications/told", null);
        // what is no request goes on, for those that are still at work
        assertThat(peer.receive().path("method").asString()).isEqualTo("notifications/told");
        peer.result(running, "1");
        assertResult(first, 1);
        peer.close(1012);
        Peer next = server.acceptResume("a1", 2, "a2", 2);
        JsonNode held = next.receive();
        assertThat(held.at("/params/name").asString()).isEqualTo("two");
        next.result(held, "2");
        assertResult(second, 2);
    }

    private static void leave(Peer peer, JsonNode request) throws IOException {
        peer.error(
                request,
                """
                {"code":-32603,"message":"Not run: elsewhere","data":{"reason":"draining","outcome":"not-run"}}\
                """);
    }

    private static void assertNotRun(Future<Response> answer) throws Exception {
        assertThat(answer(answer))
                .isInstanceOfSatisfying(
                        ErrorResponse.class,
                        error ->
                                assertThat(error.error().message())
                                        .isEqualTo("Not run: elsewhere"));
    }

    @Test
    void whatAStoppingServerHasNotRunIsSentToTheNextSession() throws Exception {
        Peer peer = open();
        var call = call("one");
        leave(peer, peer.receive());
        var later = client.request("tools/list", null);
        peer.close(1012);
        Peer next = server.accept().upgrade();
        next.refuseResume("unknown");
        assertThat(call).isNotDone();
        next.answerOpen("b1");
        JsonNode first = next.receive();
        assertThat(first.at("/params/name").asString()).isEqualTo("one");
        next.result(first, "1");
        assertResult(call, 1);
        JsonNode second = next.receive();
        assertThat(second.path("method").asString()).isEqualTo("tools/list");
        next.result(second, "2");
        assertResult(later, 2);
    }

    @Test
    void whatItHasNotRunTheSameSessionIsNotAskedAgain() throws Exception {
        Peer peer = open();
        var call = call("one");
        leave(peer, peer.receive());
        peer.close(1012);
        Peer next = server.acceptResume("a1", 1, "a2", 1);
        assertNotRun(call);
        var later = call("two");
        JsonNode second = next.receive();
        assertThat(second.at("/params/name").asString()).isEqualTo("two");
        next.result(second, "2");
        assertResult(later, 2);
    }

    @Test
    void whatItHasNotRunIsSaidWhenThereIsNoNextSession() throws Exception {
        Peer peer = open();
        var call = call("one");
        leave(peer, peer.receive());
        peer.close(1000);
        assertNotRun(call);
    }

    @Test
    void aDrainThatIsReplayedWasOfTheConnectionBefore() throws Exception {
        open().close();
        Peer next = server.acceptResume("a1", 0, "a2", 1);
        next.send(
                "{\"jsonrpc\":\"2.0\",\"method\":\"springline/drain\",\"params\":{\"reconnectAfterMs\":9000}}");
        var call = call("one");
        JsonNode request = next.receive();
        next.result(request, "1");
        assertResult(call, 1);
    }

    @Test
    void aDeadConnectionIsNoticed() throws Exception {
        client = builder().heartbeat(Duration.ofMillis(100), Duration.ofMillis(300)).build();
        Peer peer = open();
        peer.ignorePings();
        var call = call("one");
        JsonNode request = peer.receive();
        // the socket stays open, and silent
        Peer again = server.acceptResume("a1", 0, "a2", 0);
        assertThat(again.receive()).isEqualTo(request);
        again.result(request, "1");
        assertResult(call, 1);
    }

    @Test
    void startKeepsTryingWhileMessagesWait() throws Exception {
        client.start();
        var call = call("early");
        server.accept().close();
        server.accept().refuse(502);
        Peer peer = server.acceptOpen("a1");
        peer.result(peer.receive(), "1");
        assertResult(call, 1);
    }

    @Test
    void givesUpWhenToldTo() throws Exception {
        client = builder().giveUpAfter(Duration.ofMillis(1)).build();
        client.start();
        server.accept().close();
        assertThat(listener.await(ClientState.Closed.class).reason())
                .contains("the server could not be reached for");
    }
}
