package io.springline.dispatch.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.session.Caller;
import io.springline.session.request.InFlightRequests;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The view of a handler that asks its client: cancellation and the request that it finally answers.
 */
class CallContextTest {

    private static final String META = McpPeer.meta("{\"elicitation\":{}}");

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        final BlockingQueue<String> goOn = new LinkedBlockingQueue<>();

        @Bean
        Tool asks() {
            return tool("asks", (context, _) -> waitAfterAsking(context));
        }

        /** The same, but the thread that asks is not the first one of the handler. */
        @Bean
        Tool pending() {
            return tool(
                    "pending",
                    (context, _) ->
                            new PendingOutcome(
                                    CompletableFuture.completedFuture(false),
                                    () -> waitAfterAsking(context)));
        }

        private ToolResult waitAfterAsking(RequestContext context) throws InterruptedException {
            context.onCancel(() -> seen.add("told"));
            Thread.startVirtualThread(() -> ask(context)).join();
            seen.add("answered");
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                seen.add(context.isCancelled() ? "cancelled" : "interrupted");
            }
            return ToolResult.text("late");
        }

        private void ask(RequestContext context) {
            try {
                context.ask(question());
            } catch (InterruptedException e) {
                seen.add("not answered");
            }
        }

        /** Returns while another of its threads still waits for the client. */
        @Bean
        Tool hasty() {
            return tool(
                    "hasty",
                    (context, _) -> {
                        Thread.startVirtualThread(() -> ask(context));
                        return ToolResult.text(goOn.take());
                    });
        }

        @Bean
        Tool simple() {
            return tool(
                    "simple",
                    (context, _) -> {
                        context.ask(question());
                        return ToolResult.text("done");
                    });
        }

        /** Completes after the maximum number of answers. */
        @Bean
        Tool patient() {
            return tool(
                    "patient",
                    (context, _) -> {
                        int round =
                                context.state() == null ? 0 : context.state().asString().length();
                        return round == MultiRoundTrip.MAX_ROUNDS
                                ? ToolResult.text("done")
                                : new InputRequired(
                                        Map.of("a", question()),
                                        StringNode.valueOf("x".repeat(round + 1)));
                    });
        }

        @Bean
        Tool insatiable() {
            return tool("insatiable", (_, _) -> new InputRequired(Map.of("a", question()), null));
        }

        private static Tool tool(String name, ToolHandler handler) {
            return Tool.named(name)
                    .description(name)
                    .inputSchema("{\"type\":\"object\"}")
                    .handler(handler);
        }

        private static InputRequest question() {
            ObjectNode form = JsonNodeFactory.instance.objectNode().put("type", "object");
            form.putObject("properties");
            return InputRequest.elicitation("Well?", form);
        }
    }

    private static String call(int id, String more) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"asks",%s%s}}\
        """
                .formatted(id, META, more);
    }

    @ParameterizedTest
    @ValueSource(strings = {"asks", "pending"})
    void cancelsAResumedHandlerWithItsSecondRequest(String tool) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    BlockingQueue<String> seen = context.getBean(Fixture.class).seen;
                    try (var peer = new InMemoryPeer(context)) {
                        String state =
                                peer.ask(call(1, "").replace("asks", tool))
                                        .at("/result/requestState")
                                        .asString();
                        peer.send(
                                call(
                                                2,
                                                """
                                                ,"inputResponses":{"input":{"action":"accept","content":{}}},"requestState":"%s"\
                                                """
                                                        .formatted(state))
                                        .replace("asks", tool));
                        assertThat(seen.poll(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS))
                                .isEqualTo("answered");
                        peer.send(
                                """
                                {"jsonrpc":"2.0","method":"notifications/cancelled","params":{%s,"requestId":2}}\
                                """
                                        .formatted(META));
                        await().untilAsserted(() ->
                                assertThat(seen).containsExactlyInAnyOrder("told", "cancelled"));
                        assertThat(peer.poll(25)).isNull();
                    }
                });
    }

    @Test
    void answersASecondRequestAfterTheHandlerHasReturned() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    Fixture fixture = context.getBean(Fixture.class);
                    try (var peer = new InMemoryPeer(context)) {
                        JsonNode question = peer.ask(call(1, "").replace("asks", "hasty"));
                        assertThat(isAsked(question)).isTrue();
                        fixture.goOn.add("early");
                        await().until(fixture.goOn::isEmpty);
                        assertThat(
                                        peer.ask(answered(2, question).replace("simple", "hasty"))
                                                .at("/result/content/0/text")
                                                .asString())
                                .isEqualTo("early");
                    }
                });
    }

    @Test
    void releasesThePlaceOfAHandlerThatTimesOut() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues(
                        "springline.requests.max-parked=1", "springline.requests.input-timeout=1ms")
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        for (int i = 0; i < 3; i++) {
                            await().until(() -> isAsked(peer));
                        }
                    }
                });
    }

    /**
     * The principal with the most handlers loses its oldest; one that would have as many itself is
     * refused.
     */
    @Test
    void displacesAHandlerOfThePrincipalWithTheMost() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues("springline.requests.max-parked=4")
                .run(context -> {
                    try (var greedy = new InMemoryPeer(context, "", caller("greedy"));
                            var other = new InMemoryPeer(context, "", caller("other"))) {
                        JsonNode oldest = greedy.ask(simple(1));
                        for (int i = 2; i <= 4; i++) {
                            assertThat(isAsked(greedy.ask(simple(i)))).isTrue();
                        }
                        assertThat(refusal(greedy.ask(simple(5)))).contains("Too many calls");
                        JsonNode theirs = other.ask(simple(1));
                        assertThat(isAsked(theirs)).isTrue();
                        assertThat(isAsked(other.ask(simple(2)))).isTrue();
                        assertThat(refusal(other.ask(simple(3)))).contains("Too many calls");
                        assertThat(greedy.ask(answered(6, oldest)).at("/error/message").asString())
                                .contains("no longer waiting for input");
                        assertThat(
                                        other.ask(answered(4, theirs))
                                                .at("/result/content/0/text")
                                                .asString())
                                .isEqualTo("done");
                        assertThat(isAsked(greedy.ask(simple(7)))).isTrue();
                    }
                });
    }

    private static Caller caller(String name) {
        return new Caller(name, Set.of(), null);
    }

    private static String simple(int id) {
        return call(id, "").replace("asks", "simple");
    }

    private static String answered(int id, JsonNode asked) {
        return call(
                        id,
                        """
                        ,"inputResponses":{"input":{"action":"accept","content":{}}},"requestState":"%s"\
                        """
                                .formatted(asked.at("/result/requestState").asString()))
                .replace("asks", "simple");
    }

    private static String refusal(JsonNode answer) {
        return answer.at("/result/content/0/text").asString();
    }

    private static boolean isAsked(JsonNode answer) {
        return answer.at("/result/resultType").asString().equals("input_required");
    }

    private static boolean isAsked(McpPeer peer) throws InterruptedException {
        return isAsked(peer.ask(simple(1)));
    }

    /** The client has {@code springline.requests.input-timeout}, which is longer by default. */
    @Test
    void doesNotCountTheWaitForALegacyClientAsTimeOfItsRequest() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.initialize("2025-11-25", "{\"elicitation\":{}}");
                        peer.send(
                                """
                                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"asks"}}\
                                """);
                        JsonNode asked = peer.receive();
                        InFlightRequests inFlight = peer.session().inFlight();
                        long late = System.nanoTime() + Duration.ofHours(1).toNanos();
                        assertThat(inFlight.overdue(late)).isEmpty();
                        peer.send(
                                """
                                {"jsonrpc":"2.0","id":%s,"result":{"action":"decline"}}\
                                """
                                        .formatted(asked.path("id")));
                        await().until(() -> inFlight.overdue(late).size() == 1);
                    }
                });
    }

    @Test
    void servesAHandlerThatAsksForTheMaximumOfRounds() {
        JsonNode result = afterAllRounds("patient");
        assertThat(result.at("/content/0/text").asString()).isEqualTo("done");
    }

    @Test
    void failsAHandlerThatAsksALegacyClientTooOften() {
        JsonNode result = afterAllRounds("insatiable");
        assertThat(result.path("isError").asBoolean()).isTrue();
        assertThat(result.at("/content/0/text").asString())
                .isEqualTo("The tool or prompt still asks for input after 8 rounds: gave up");
    }

    private static JsonNode afterAllRounds(String tool) {
        var result = new AtomicReference<JsonNode>();
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.initialize("2025-11-25", "{\"elicitation\":{}}");
                        peer.send(
                                """
                                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s"}}\
                                """
                                        .formatted(tool));
                        for (int round = 0; round < MultiRoundTrip.MAX_ROUNDS; round++) {
                            peer.send(
                                    """
                                    {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{}}}\
                                    """
                                            .formatted(peer.receive().path("id")));
                        }
                        result.set(peer.receive().get("result"));
                    }
                });
        return result.get();
    }
}
