package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.feature.endpoint.Resources.SubscriptionWatcher;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.MetaKeys;
import io.springline.session.Deduplication;
import io.springline.session.McpSession;
import io.springline.session.SessionState;
import io.springline.session.Subscriptions;
import io.springline.session.Subscriptions.Listen;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class McpDispatcherTest {

    private static final Notification LARGE =
            new Notification(
                    "notifications/message",
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("level", "info")
                            .put("data", "x".repeat(2000)));

    private static final String ACK =
            "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":1}}";

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        private volatile Runnable whenRun = () -> {};

        @Bean
        Tool echo() {
            return Tool.named("echo")
                    .description("Echoes")
                    .inputSchema(
                            """
                            {"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}\
                            """)
                    .handler((context, arguments) -> {
                        whenRun.run();
                        return ToolResult.text("Echo: " + arguments.get("message").stringValue());
                    });
        }
    }

    @Test
    void acknowledgesASubscriptionThatItsFormerNodeHasNotAcknowledged() {
        var acknowledged = new RequestId.Number(1);
        var recorded = new RequestId.Number(2);
        var listen = new Listen(true, false, false, Set.of());
        var state =
                new SessionState(
                        SessionState.NEW.legacy(),
                        SessionState.NEW.logLevel(),
                        null,
                        Set.of(),
                        Map.of(acknowledged, listen, recorded, listen),
                        Set.of(recorded));
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        McpSession session = peer.session();
                        session.restore(state, 2);
                        context.getBean(Dispatchers.class)
                                .of(McpSession.MAIN_ENDPOINT)
                                .restore(session);
                        var first = peer.receive();
                        assertThat(first.path("method").asString())
                                .isEqualTo("notifications/subscriptions/acknowledged");
                        assertThat(subscription(first)).isEqualTo(2);
                        assertThat(session.state().opening()).isEmpty();
                        for (int i = 0; i < 2; i++) {
                            assertThat(peer.receive().path("method").asString())
                                    .isEqualTo("notifications/tools/list_changed");
                        }
                    }
                });
    }

    @Test
    void restoresTheSubscriptionsThatFitAndAnswersTheOthers() {
        var tooMany = new RequestId.Number(1);
        var fits = new RequestId.Number(2);
        var listens = new LinkedHashMap<RequestId, Listen>();
        listens.put(tooMany, new Listen(true, false, false, Set.of("x:full")));
        listens.put(fits, new Listen(true, false, false, Set.of("x:a")));
        var state =
                new SessionState(
                        SessionState.NEW.legacy(),
                        SessionState.NEW.logLevel(),
                        null,
                        new LinkedHashSet<>(List.of("x:full", "x:b")),
                        listens,
                        Set.of());
        var watched = new TreeSet<String>();
        CoreContext.runner()
                .run(context -> {
                    context.getBean(Features.class)
                            .resources()
                            .watchSubscriptions(refusing(watched));
                    try (var peer = new InMemoryPeer(context)) {
                        McpSession session = peer.session();
                        session.restore(state, 2);
                        context.getBean(Dispatchers.class)
                                .of(McpSession.MAIN_ENDPOINT)
                                .restore(session);
                        var first = peer.receive();
                        assertThat(first.path("id").asInt()).isEqualTo(1);
                        assertThat(first.at("/error/code").asInt()).isEqualTo(-32603);
                        assertThat(subscription(peer.receive())).isEqualTo(2);
                        assertThat(session.subscriptions().listens()).containsOnlyKeys(fits);
                        assertThat(session.inFlight().find(tooMany)).isNull();
                        assertThat(watched).containsExactly("x:a", "x:b");
                    }
                });
    }

    /** Has no room for the URI {@code x:full}. */
    private static SubscriptionWatcher refusing(Set<String> watched) {
        return new SubscriptionWatcher() {
            @Override
            public void changed(ResourceSubscriber subscriber, Set<String> uris) {
                for (String uri : uris) {
                    if (!subscriber.isSubscribed(uri)) {
                        watched.remove(uri);
                    } else if (uri.equals("x:full")) {
                        throw ErrorCode.INTERNAL_ERROR.exception("Too many subscriptions");
                    } else {
                        watched.add(uri);
                    }
                }
            }

            @Override
            public void ended(String sessionId) {}
        };
    }

    private static int subscription(JsonNode notification) {
        return notification.at("/params/_meta/io.modelcontextprotocol~1subscriptionId").asInt();
    }

    @Test
    void servesLegacyAndModernRequestsOnOneConnection() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        assertThat(
                                        peer.initialize("2025-06-18", "{}")
                                                .at("/result/protocolVersion")
                                                .asString())
                                .isEqualTo("2025-06-18");
                        var legacy =
                                peer.ask(
                                        """
                                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"}}}\
                                        """);
                        assertThat(legacy.toString())
                                .isEqualTo(
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"Echo: hi\"}]}}");
                        var modern =
                                peer.ask(
                                        """
                                        {"jsonrpc":"2.0","id":"1","method":"tools/call","params":{%s,"name":"echo","arguments":{"message":"hi"}}}\
                                        """
                                                .formatted(McpPeer.meta("{}")));
                        assertThat(modern.at("/result/resultType").asString())
                                .isEqualTo("complete");
                        assertThat(modern.get("id").isString()).isTrue();
                    }
                });
    }

    @Test
    void endsSubscriptionsWithTheirResultWhenTheServerStops() {
        CoreContext.runner()
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.ask(
                                """
                                {"jsonrpc":"2.0","id":"7","method":"subscriptions/listen","params":{%s,"notifications":{}}}\
                                """
                                        .formatted(McpPeer.meta("{}")));
                        context.getBean(McpDispatcher.class).endSubscriptions(peer.session());
                        var end = peer.receive();
                        assertThat(end.path("id").stringValue()).isEqualTo("7");
                        assertThat(end.at("/result/resultType").stringValue())
                                .isEqualTo("complete");
                        assertThat(
                                        end.path("result")
                                                .path("_meta")
                                                .path(MetaKeys.SUBSCRIPTION_ID)
                                                .stringValue())
                                .isEqualTo("7");
                        assertThat(peer.session().inFlight().all()).isEmpty();
                        assertThat(peer.session().subscriptions().listens()).isEmpty();
                        assertThat(peer.poll(25)).isNull();
                    }
                });
    }

    @Test
    void acceptsUrisUpToTheMaximumLength() {
        CoreContext.runner()
                .run(context -> {
                    try (var legacy = new InMemoryPeer(context);
                            var modern = new InMemoryPeer(context)) {
                        legacy.initialize("2025-11-25", "{}");
                        String longest = "x:" + "y".repeat(Subscriptions.MAX_URI_LENGTH - 2);
                        assertThat(legacy.ask(subscribe(longest)).has("result")).isTrue();
                        assertThat(legacy.ask(subscribe(longest + "y")).at("/error/code").asInt())
                                .isEqualTo(-32602);
                        assertThat(modern.ask(listen(longest)).has("error")).isFalse();
                        assertThat(modern.ask(listen(longest + "y")).at("/error/code").asInt())
                                .isEqualTo(-32602);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"capabilities", "clientInfo"})
    void acceptsClientInfoUpToTheMaximumLength(String member) {
        CoreContext.runner()
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        assertThat(peer.ask(initialize(member, 1)).at("/error/code").asInt())
                                .isEqualTo(-32602);
                        assertThat(peer.ask(initialize(member, 0)).has("result")).isTrue();
                    }
                });
    }

    private static String initialize(String member, int excess) {
        var params = JsonNodeFactory.instance.objectNode().put("protocolVersion", "2025-11-25");
        params.putObject("capabilities");
        params.putObject("clientInfo").put("name", "me").put("version", "1");
        ObjectNode longest = ((ObjectNode) params.get(member)).put("title", "");
        int room = Lifecycle.MAX_LENGTH - longest.toString().length();
        longest.put("title", "x".repeat(room + excess));
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":%s}"
                .formatted(params);
    }

    private static String subscribe(String uri) {
        return """
        {"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"%s"}}\
        """
                .formatted(uri);
    }

    private static String listen(String uri) {
        return """
        {"jsonrpc":"2.0","id":"%d","method":"subscriptions/listen","params":{%s,"notifications":{"resourceSubscriptions":["%s"]}}}\
        """
                .formatted(uri.length(), McpPeer.meta("{}"), uri);
    }

    @Test
    void startsNoCallWhileTooMuchIsUnacknowledged() {
        resumable((peer, dispatcher, fixture) -> {
            peer.session().send(LARGE);
            peer.receive();
            var ran = new AtomicBoolean();
            fixture.whenRun = () -> ran.set(true);
            awaitWaiting(peer, dispatcher);
            assertThat(ran).isFalse();
            peer.send(ACK);
            assertThat(peer.receive().path("id").asInt()).isEqualTo(1);
        });
    }

    @Test
    void delaysAnAnswerWhileTooMuchIsUnacknowledged() {
        resumable((peer, dispatcher, fixture) -> {
            fixture.whenRun = () -> peer.session().send(LARGE);
            awaitWaiting(peer, dispatcher);
            assertThat(peer.receive().path("method").asString()).isEqualTo(LARGE.method());
            assertThat(peer.poll(0)).isNull();
            peer.send(ACK);
            assertThat(peer.receive().path("id").asInt()).isEqualTo(1);
        });
    }

    private interface Conversation {
        void run(InMemoryPeer peer, McpDispatcher dispatcher, Fixture fixture) throws Exception;
    }

    /** In a session with room for less than {@link #LARGE}. */
    private static void resumable(Conversation conversation) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues("springline.session.max-buffered=1KB")
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
                        conversation.run(
                                peer,
                                context.getBean(McpDispatcher.class),
                                context.getBean(Fixture.class));
                    }
                });
    }

    private static void awaitWaiting(InMemoryPeer peer, McpDispatcher dispatcher) {
        var handler = new AtomicReference<Thread>();
        dispatcher.accept(
                peer.session(),
                peer.session().codec().decode(echo(1)),
                task -> handler.set(Thread.startVirtualThread(task)));
        await().until(() -> handler.get().getState() == Thread.State.WAITING);
    }

    private static String echo(int id) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"echo","arguments":{"message":"hi"}}}\
        """
                .formatted(id, McpPeer.meta("{}"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void answersNotRunWhileTheServerStops(boolean sessionsGoOn) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var plain = new InMemoryPeer(context)) {
                        context.getBean(Dispatchers.class).stopAccepting(sessionsGoOn);
                        var error = plain.ask(echo(1)).path("error");
                        assertThat(error.path("code").asInt()).isEqualTo(-32603);
                        assertThat(error.path("data").toString())
                                .isEqualTo("{\"reason\":\"draining\",\"outcome\":\"not-run\"}");
                    }
                });
    }

    @Test
    void dropsRequestsOfASessionThatMovesAndReplaysEarlierAnswers() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
                        var answer = peer.ask(echo(1));
                        context.getBean(Dispatchers.class).stopAccepting(true);
                        peer.send(echo(2));
                        assertThat(peer.ask(echo(1))).isEqualTo(answer);
                        await().until(() -> peer.session().inFlight().isIdle());
                        assertThat(peer.session().persistence().claim(new RequestId.Number(2)))
                                .isEqualTo(Deduplication.NONE);
                    }
                });
    }
}
