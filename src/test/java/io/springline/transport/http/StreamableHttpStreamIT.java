package io.springline.transport.http;

import static io.springline.testing.HttpPeer.MODERN;
import static io.springline.testing.HttpPeer.call;
import static io.springline.testing.HttpPeer.json;
import static io.springline.testing.HttpPeer.modernCall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.springline.SpringlineApplication;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolResult;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Event;
import io.springline.testing.HttpPeer.Events;
import io.springline.transport.http.HttpTools.Control;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;

/** Event streams: when they begin, what they carry, how they are resumed and how they end. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.http.stream-after=300ms",
            "springline.http.keep-alive=1s",
            // less than the subscriptions of a test
            "springline.requests.max-in-flight=50"
        })
@Import(HttpTools.class)
@Timeout(180)
class StreamableHttpStreamIT {

    private static final String TOKEN = "\"_meta\":{\"progressToken\":\"p\"}";

    @LocalServerPort int port;
    @Autowired Control control;
    @Autowired Features features;
    @Autowired MeterRegistry meters;
    private HttpPeer peer;

    @BeforeEach
    void open() {
        control.reset();
        peer = new HttpPeer(port, "/mcp");
    }

    @AfterEach
    void close() {
        control.go.countDown();
        peer.close();
    }

    private static String withProgress(String call) {
        return call.replace("\"params\":{", "\"params\":{" + TOKEN + ",");
    }

    private void awaitRunning() throws InterruptedException {
        assertThat(control.events.poll(60, TimeUnit.SECONDS)).isEqualTo("running");
    }

    private void announce() {
        String name = "t" + System.nanoTime();
        features.tools().add(List.of(Tool.named(name).handler((_, _) -> ToolResult.text("x"))));
        features.tools().remove(List.of(name));
    }

    @Test
    void sendsProgressBeforeTheAnswerOnOneStream() throws Exception {
        peer.initialize("2025-06-18", "{}");
        try (Events events = peer.open(withProgress(call(1, "steps", "{}")))) {
            assertThat(events.header("Content-Type")).startsWith("text/event-stream");
            assertThat(events.header("Cache-Control")).isEqualTo("no-cache, no-transform");
            assertThat(events.header("X-Accel-Buffering")).isEqualTo("no");
            List<Event> all = events.rest();
            assertThat(all).hasSize(2);
            assertThat(all.getFirst().json().path("method").asString())
                    .isEqualTo("notifications/progress");
            assertThat(all.getLast().json().path("id").asInt()).isEqualTo(1);
        }
    }

    @Test
    void sendsNoProgressToAClientThatAcceptsOnlyJson() throws Exception {
        peer.initialize("2025-06-18", "{}");
        var answer =
                peer.with("Accept", "application/json").post(withProgress(call(1, "steps", "{}")));
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(json(answer.body()).at("/result/content/0/text").asString()).isEqualTo("done");
    }

    @Test
    void beginsAStreamWithCommentsForALongCall() throws Exception {
        peer.initialize("2025-06-18", "{}");
        try (Events events = peer.open(call(1, "wait", "{}"))) {
            assertThat(events.header("Content-Type")).startsWith("text/event-stream");
            for (int i = 0; i < 3; i++) {
                assertThat(java.util.Objects.requireNonNull(events.next()).data()).isNull();
            }
            control.go.countDown();
            assertThat(events.rest()).hasSize(1);
        }
    }

    /** Acceptance test 2. */
    @Test
    void opensTheStandaloneStreamOfASession() throws Exception {
        peer.initialize("2025-11-25", "{}");
        try (Events events = peer.get()) {
            assertThat(events.status()).isEqualTo(200);
            Event first = events.next();
            assertThat(java.util.Objects.requireNonNull(first).id()).isNotNull();
            assertThat(first.data()).isEmpty();
            announce();
            assertThat(java.util.Objects.requireNonNull(events.nextMessage()).data())
                    .contains("notifications/tools/list_changed");
        }
    }

    /** Acceptance test 3. */
    @Test
    void closesTheOlderOfTwoStandaloneStreams() throws Exception {
        peer.initialize("2025-06-18", "{}");
        try (Events first = peer.get();
                Events second = peer.get()) {
            assertThat(first.rest()).isEmpty();
            features.tools()
                    .add(List.of(Tool.named("once").handler((_, _) -> ToolResult.text("x"))));
            assertThat(java.util.Objects.requireNonNull(second.nextMessage()).data())
                    .contains("list_changed");
            assertThat(peer.send("DELETE").statusCode()).isEqualTo(204);
            assertThat(second.rest()).as("no second one").isEmpty();
        } finally {
            features.tools().remove(List.of("once"));
        }
    }

    @Test
    void keepsChangesUntilAStreamIsOpened() throws Exception {
        peer.initialize("2025-06-18", "{}");
        announce();
        try (Events events = peer.get()) {
            assertThat(java.util.Objects.requireNonNull(events.nextMessage()).data())
                    .contains("list_changed");
        }
    }

    @Test
    void countsAnOpenStreamAsAConnection() throws Exception {
        peer.initialize("2025-06-18", "{}");
        await().until(() -> activeConnections() == 0);
        try (Events events = peer.get()) {
            assertThat(events.next()).isNotNull();
            assertThat(activeConnections()).isEqualTo(1);
        }
        await().until(() -> activeConnections() == 0);
    }

    private double activeConnections() {
        return meters.get("springline.connections.active").gauge().value();
    }

    @Test
    void losesNoChangeWhenAStreamIsCutAfterItsFirstEvent() throws Exception {
        peer.initialize("2025-11-25", "{}");
        announce();
        String opened = idOfFirstEvent(peer.copy());
        String resumed = idOfFirstEvent(peer.copy().with("Last-Event-ID", opened));
        try (Events events = peer.copy().with("Last-Event-ID", resumed).get()) {
            assertThat(java.util.Objects.requireNonNull(events.nextMessage()).data())
                    .contains("list_changed");
        }
    }

    /** Opens a stream, and reads the event without data only. */
    private static String idOfFirstEvent(HttpPeer from) throws Exception {
        try (Events events = from.get()) {
            Event first = java.util.Objects.requireNonNull(events.next());
            assertThat(first.data()).isEmpty();
            return java.util.Objects.requireNonNull(first.id());
        }
    }

    /** Acceptance test 9, on one node. */
    @Test
    void asksTheClientOnTheStreamOfItsCall() throws Exception {
        peer.initialize("2025-11-25", "{\"elicitation\":{}}");
        try (Events events = peer.open(call(1, "ask", "{}"))) {
            var question = java.util.Objects.requireNonNull(events.nextMessage()).json();
            assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
            var accepted =
                    peer.post(
                            """
                            {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"Ada"}}}\
                            """
                                    .formatted(question.path("id")));
            assertThat(accepted.statusCode()).isEqualTo(202);
            assertThat(events.rest().getLast().json().at("/result/content/0/text").asString())
                    .isEqualTo("Ada");
        }
    }

    @Test
    void failsAtOnceToAskAClientThatAcceptsOnlyJson() throws Exception {
        peer.initialize("2025-11-25", "{\"elicitation\":{}}");
        var answer = peer.with("Accept", "application/json").post(call(1, "ask", "{}"));
        assertThat(json(answer.body()).at("/result/isError").asBoolean()).isTrue();
        assertThat(answer.body()).contains("does not accept an event stream");
    }

    @Test
    void asksAModernClientInItsAnswer() throws Exception {
        var modern = peer.modern("tools/call", "ask").with("Accept", "application/json");
        String meta =
                MODERN.replace(
                        "clientCapabilities\":{}", "clientCapabilities\":{\"elicitation\":{}}");
        String body = modernCall(1, "ask", "{}").replace(MODERN, meta);
        var asked = json(modern.post(body).body()).path("result");
        assertThat(asked.path("resultType").asString()).isEqualTo("input_required");
        var answer =
                modern.post(
                        body.replace(
                                "\"params\":{",
                                """
                                "params":{"requestState":%s,"inputResponses":{"input":{"action":"accept","content":{"name":"Ada"}}},\
                                """
                                        .formatted(asked.path("requestState"))));
        assertThat(json(answer.body()).at("/result/content/0/text").asString()).isEqualTo("Ada");
    }

    @Test
    void cancelsALegacyCallByNotification() throws Exception {
        peer.initialize("2025-06-18", "{}");
        var call =
                CompletableFuture.supplyAsync(
                        () -> unchecked(() -> peer.post(call(1, "wait", "{}"))));
        awaitRunning();
        peer.post(
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
        assertThat(control.events.poll(60, TimeUnit.SECONDS)).isEqualTo("cancelled");
        assertThat(call.get(60, TimeUnit.SECONDS).body()).doesNotContain("result");
    }

    /** Acceptance test 8. */
    @Test
    void cancelsACallWhenItsSessionIsDeleted() throws Exception {
        peer.initialize("2025-06-18", "{}");
        var call =
                CompletableFuture.supplyAsync(
                        () -> unchecked(() -> peer.post(call(1, "wait", "{}"))));
        awaitRunning();
        assertThat(peer.send("DELETE").statusCode()).isEqualTo(204);
        assertThat(control.events.poll(60, TimeUnit.SECONDS)).isEqualTo("cancelled");
        call.get(60, TimeUnit.SECONDS);
        assertThat(peer.post(call(2, "say", "{}")).statusCode()).isEqualTo(404);
    }

    /** Acceptance test 10. */
    @Test
    void resumesTheStreamOfACallThatWasCut() throws Exception {
        peer.initialize("2025-11-25", "{}");
        String last;
        try (Events events = peer.open(withProgress(call(1, "wait", "{}")))) {
            last = java.util.Objects.requireNonNull(events.nextMessage()).id();
        }
        control.go.countDown();
        try (Events rest = peer.copy().with("Last-Event-ID", last).get()) {
            List<Event> all = rest.rest();
            assertThat(all).hasSize(1);
            assertThat(all.getFirst().json().at("/result/content/0/text").asString())
                    .isEqualTo("waited");
            assertThat(all.getFirst().id()).isNotEqualTo(last);
            // with the last id there is nothing more, and that is said
            try (Events again = peer.copy().with("Last-Event-ID", all.getFirst().id()).get()) {
                assertThat(again.rest().getFirst().json().path("error").path("code").asInt())
                        .isEqualTo(-32603);
            }
        }
        assertThat(control.runs).hasValue(1);
    }

    @Test
    void resumesFromTheFirstEventWhileTheCallRuns() throws Exception {
        peer.initialize("2025-11-25", "{}");
        String first;
        try (Events events = peer.open(call(1, "wait", "{}"))) {
            first = java.util.Objects.requireNonNull(events.next()).id();
            assertThat(first).isNotNull();
        }
        try (Events rest = peer.copy().with("Last-Event-ID", first).get()) {
            assertThat(rest.status()).isEqualTo(200);
            control.go.countDown();
            assertThat(rest.rest()).hasSize(1);
        }
    }

    @Test
    void resumesTheStandaloneStreamWithoutTheMessagesOfCalls() throws Exception {
        peer.initialize("2025-11-25", "{}");
        String first;
        try (Events events = peer.get()) {
            first = java.util.Objects.requireNonNull(events.next()).id();
        }
        announce();
        peer.open(withProgress(call(1, "steps", "{}"))).rest();
        try (Events rest = peer.copy().with("Last-Event-ID", first).get()) {
            assertThat(java.util.Objects.requireNonNull(rest.nextMessage()).data())
                    .contains("list_changed");
            announce();
            assertThat(java.util.Objects.requireNonNull(rest.nextMessage()).data())
                    .contains("list_changed");
        }
    }

    @Test
    void treatsAnUnknownEventIdAsNone() throws Exception {
        peer.initialize("2025-11-25", "{}");
        try (Events events = peer.copy().with("Last-Event-ID", "nonsense").get()) {
            assertThat(events.status()).isEqualTo(200);
            announce();
            assertThat(events.nextMessage()).isNotNull();
        }
    }

    /** Acceptance test 11. */
    @Test
    void cancelsAModernCallWhoseClientIsGone() throws Exception {
        try (Events events = peer.modern("tools/call", "wait").open(modernCall(1, "wait", "{}"))) {
            assertThat(events.header("Content-Type")).startsWith("text/event-stream");
            awaitRunning();
        }
        peer.close();
        await().until(() -> "cancelled".equals(control.events.peek()));
    }

    /** Acceptance test 14. */
    @Test
    void servesCallsBeside200Subscriptions() throws Exception {
        var streams = new ArrayList<Events>();
        try {
            for (int i = 0; i < 200; i++) {
                streams.add(
                        peer.modern("subscriptions/listen", null)
                                .open(
                                        """
                                        {"jsonrpc":"2.0","id":%d,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},%s}}\
                                        """
                                                .formatted(i, MODERN)));
            }
            for (Events each : streams) {
                assertThat(java.util.Objects.requireNonNull(each.nextMessage()).data())
                        .contains("acknowledged");
            }
            var answer = peer.modern("tools/call", "say").post(modernCall(1, "say", "{}"));
            assertThat(answer.statusCode()).isEqualTo(200);
            announce();
            for (Events each : streams) {
                assertThat(java.util.Objects.requireNonNull(each.nextMessage()).data())
                        .contains("list_changed");
            }
        } finally {
            for (Events each : streams) {
                each.close();
            }
        }
    }

    private interface Attempt<T> {
        T run() throws Exception;
    }

    private static <T> T unchecked(Attempt<T> attempt) {
        try {
            return attempt.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
