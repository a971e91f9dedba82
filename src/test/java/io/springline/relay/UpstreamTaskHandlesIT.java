package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Clients with the tasks extension get the tasks of upstreams under handles, which each service
 * with the same keys can open: two without Redis, and one that shares only the keys with them.
 */
class UpstreamTaskHandlesIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final String OLD = "the old secret of 32 characters or more";
    private static final String NEW = "the new secret of 32 characters or more";
    private static final String UNKNOWN_ID = "t1.AAAA";

    private static final String CAPABILITIES =
            "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}";

    private static final TaskUpstream DOCS = new TaskUpstream();
    private static final TaskUpstream SHOP = new TaskUpstream();
    private static final TaskUpstream OWN = new TaskUpstream();
    private static final TaskUpstream PLAIN = new TaskUpstream("{}");

    private static RelayedService first;
    private static RelayedService second;

    @BeforeAll
    static void start() throws Exception {
        first = service(Map.of("docs", DOCS.server, "shop", SHOP.server), List.of(OLD), List.of());
        second =
                service(
                        Map.of("docs", DOCS.server, "own", OWN.server, "plain", PLAIN.server),
                        List.of(NEW, OLD),
                        List.of("--springline.relay.upstreams.own.mode=per-session"));
    }

    @AfterAll
    static void stop() {
        for (RelayedService each : new RelayedService[] {first, second}) {
            if (each != null) {
                each.close();
            }
        }
    }

    private static RelayedService service(
            Map<String, ScriptedHttpServer> upstreams, List<String> keys, List<String> properties)
            throws Exception {
        var all = new ArrayList<>(RelayedService.principals("ada", "bob"));
        for (int i = 0; i < keys.size(); i++) {
            all.add("--springline.requests.state-keys[%d]=%s".formatted(i, keys.get(i)));
        }
        all.add("--springline.filters.redact-patterns=order-\\d");
        all.add("--springline.tasks.promote-after=500ms");
        all.add("--springline.tasks.never=docs_burn");
        all.addAll(properties);
        var service = new RelayedService(upstreams, all.toArray(String[]::new));
        // with a mode of its own, an upstream connects for calls only
        upstreams.keySet().stream()
                .filter(each -> properties.stream().noneMatch(it -> it.contains(each + ".mode")))
                .forEach(each -> service.awaitState(each, "up"));
        return service;
    }

    private static SocketPeer peer(RelayedService service, String principal, String endpoint) {
        return SocketPeer.connect(
                "ws://127.0.0.1:%s/mcp%s".formatted(service.port(), endpoint),
                Map.of("Authorization", "Bearer tok-" + principal),
                "mcp");
    }

    private static SocketPeer ada(RelayedService service) {
        return peer(service, "ada", "/docs");
    }

    private static JsonNode ask(SocketPeer peer, String method, String params) throws Exception {
        return RelayedService.ask(
                peer, method, "{%s,%s}".formatted(McpPeer.meta(CAPABILITIES), params));
    }

    private static JsonNode call(SocketPeer peer, String tool) throws Exception {
        return await().until(
                        () -> ask(peer, "tools/call", "\"name\":\"%s\"".formatted(tool)),
                        answer -> answer.has("result"))
                .path("result");
    }

    private static String created(SocketPeer peer) throws Exception {
        return call(peer, "render").path("taskId").asString();
    }

    private static JsonNode about(SocketPeer peer, String method, String id) throws Exception {
        return ask(peer, method, "\"taskId\":\"%s\"".formatted(id));
    }

    private static JsonNode get(SocketPeer peer, String id) throws Exception {
        return about(peer, "tasks/get", id).path("result");
    }

    private static void assertUnknown(SocketPeer peer, String id) throws Exception {
        for (String method : List.of("tasks/get", "tasks/cancel")) {
            JsonNode expected = about(peer, method, UNKNOWN_ID).path("error");
            assertThat(expected.path("code").asInt()).isEqualTo(-32602);
            assertThat(about(peer, method, id).path("error")).isEqualTo(expected);
        }
        String answers = "\"inputResponses\":{},\"taskId\":\"%s\"";
        assertThat(ask(peer, "tasks/update", answers.formatted(id)).path("error"))
                .isEqualTo(about(peer, "tasks/get", UNKNOWN_ID).path("error"));
    }

    @Test
    void givesTheTaskOfAnUpstreamUnderAHandleThatEachNodeCanOpen() throws Exception {
        try (SocketPeer one = ada(first);
                SocketPeer two = ada(second)) {
            JsonNode created = call(one, "render");
            String id = created.path("taskId").asString();
            String upstreams = DOCS.last();

            assertThat(created.path("resultType").asString()).isEqualTo("task");
            assertThat(id).startsWith("t1.").hasSizeLessThan(512);
            assertThat(created.toString()).doesNotContain(upstreams);
            assertThat(created.path("status").asString()).isEqualTo("working");
            assertThat(created.path("statusMessage").asString()).isEqualTo("queued");
            assertThat(created.path("createdAt").asString()).isEqualTo("2026-11-29T09:00:00Z");
            assertThat(created.path("ttlMs").asInt()).isEqualTo(60_000);
            assertThat(created.path("pollIntervalMs").asInt()).isEqualTo(1000);
            assertThat(created.at("/_meta/own").asInt()).isEqualTo(1);

            DOCS.set(
                    upstreams,
                    "'status':'input_required','inputRequests':{'k-1':{'method':'elicitation/create','params':{'mode':'form','message':'Size?','requestedSchema':{'type':'object','properties':{}}}}}");
            JsonNode asking = get(two, id);
            assertThat(asking.path("taskId").asString()).isEqualTo(id);
            assertThat(asking.at("/inputRequests/k-1/params/message").asString())
                    .isEqualTo("Size?");
            String answers =
                    "\"taskId\":\"%s\",\"inputResponses\":{\"k-1\":{\"action\":\"accept\",\"content\":{}}}";
            assertThat(ask(two, "tasks/update", answers.formatted(id)).has("result")).isTrue();
            assertThat(
                            DOCS.server
                                    .asked("tasks/update")
                                    .getLast()
                                    .at("/inputResponses/k-1/action")
                                    .asString())
                    .isEqualTo("accept");

            DOCS.complete(upstreams, "for order-7");
            for (SocketPeer each : List.of(one, two)) {
                JsonNode result = get(each, id).path("result");
                assertThat(result.at("/content/0/text").asString()).isEqualTo("for [redacted]");
                assertThat(result.at("/_meta/own").asInt()).isEqualTo(2);
                assertThat(result.has("resultType")).isFalse();
            }
            assertThat(about(two, "tasks/cancel", id).has("result")).isTrue();
            assertThat(DOCS.asked("tasks/cancel", upstreams)).isEqualTo(1);
        }
    }

    @Tag("chaos") // starts two more services
    @Test
    void readsTheTaskAfterARestartWithAndWithoutRedis() throws Exception {
        var keys = List.of(OLD);
        Map<String, ScriptedHttpServer> docs = Map.of("docs", DOCS.server);
        String id;
        String upstreams;
        try (RelayedService before = service(docs, keys, REDIS.arguments());
                SocketPeer one = ada(before)) {
            id = created(one);
            upstreams = DOCS.last();
            assertThat(get(one, id).path("status").asString()).isEqualTo("working");
        }
        DOCS.complete(upstreams, "done");
        try (RelayedService after = service(docs, keys, REDIS.arguments());
                SocketPeer one = ada(after);
                SocketPeer two = ada(second)) {
            for (SocketPeer each : List.of(one, two)) {
                assertThat(get(each, id).at("/result/content/0/text").asString()).isEqualTo("done");
            }
        }
    }

    @Test
    void rewritesTheUrisOfTheResultWhereUpstreamsAreServedTogether() throws Exception {
        try (SocketPeer one = peer(first, "ada", "")) {
            String id = call(one, "docs_render").path("taskId").asString();
            DOCS.complete(DOCS.last(), "done");
            assertThat(get(one, id).at("/result/content/1/uri").asString())
                    .isEqualTo("ui://docs/app/page.html");
        }
    }

    @Test
    void answersForAHandleOfAnotherAsForAnUnknownTask() throws Exception {
        try (SocketPeer one = ada(first);
                SocketPeer bob = peer(first, "bob", "/docs");
                SocketPeer elsewhere = peer(first, "ada", "")) {
            String id = created(one);
            String upstreams = DOCS.last();
            assertThat(get(one, id).path("status").asString()).isEqualTo("working");
            long asked = DOCS.asked("tasks/get", upstreams);

            assertUnknown(bob, id);
            assertUnknown(elsewhere, id);
            assertUnknown(one, id.substring(0, id.length() - 1));
            assertUnknown(one, id + "A");
            assertUnknown(one, upstreams);
            assertUnknown(one, "t1." + "A".repeat(600));
            assertThat(DOCS.asked("tasks/get", upstreams)).isEqualTo(asked);
            assertThat(DOCS.asked("tasks/cancel", upstreams)).isZero();

            DOCS.forget(upstreams);
            assertThat(about(one, "tasks/get", id).path("error"))
                    .isEqualTo(about(one, "tasks/get", UNKNOWN_ID).path("error"));
            JsonNode refused = about(one, "tasks/cancel", id).path("error");
            assertThat(refused.path("code").asInt()).isEqualTo(-32602);
            assertThat(refused.path("message").asString()).isEqualTo("no such task");
        }
    }

    @Test
    void asksTheClientToComeBackWhileTheUpstreamIsNotAtTheNode() throws Exception {
        try (SocketPeer one = peer(first, "ada", "");
                SocketPeer two = peer(second, "ada", "")) {
            String id = call(one, "shop_render").path("taskId").asString();
            assertThat(get(one, id).path("status").asString()).isEqualTo("working");
            for (String method : List.of("tasks/get", "tasks/cancel")) {
                assertThat(about(two, method, id).at("/error/code").asInt()).isEqualTo(-32603);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "plain"})
    void keepsATaskThatEndsWithTheSessionOrIsNotOfTheExtension(String upstream) throws Exception {
        try (SocketPeer one = peer(second, "ada", "/" + upstream)) {
            JsonNode created = await().until(() -> call(one, "render"), each -> each.has("taskId"));
            assertThat(created.path("taskId").asString()).startsWith("tk_");
        }
    }

    @Test
    void requiresTheExtensionInEachRequest() throws Exception {
        try (SocketPeer one = ada(first)) {
            String id = created(one);
            JsonNode refused =
                    RelayedService.ask(
                            one,
                            "tasks/get",
                            "{%s,\"taskId\":\"%s\"}".formatted(McpPeer.meta("{}"), id));
            assertThat(refused.at("/error/code").asInt()).isEqualTo(-32021);
        }
    }

    @Test
    void asksTheClientToComeBackWhileTheUpstreamIsAway() throws Exception {
        try (SocketPeer one = peer(first, "ada", "")) {
            String id = call(one, "shop_render").path("taskId").asString();
            String upstreams = SHOP.last();
            first.stop("shop");
            first.awaitState("shop", "down");
            JsonNode away = about(one, "tasks/get", id).path("error");
            assertThat(away.path("code").asInt()).isEqualTo(-32603);
            assertThat(away.toString()).doesNotContain(upstreams);

            first.restart("shop", SHOP.server);
            assertThat(get(one, id).path("status").asString()).isEqualTo("working");
        }
    }

    @Test
    void pushesTheStateToAClientThatListens() throws Exception {
        try (SocketPeer one = ada(first);
                SocketPeer two = ada(second)) {
            String id = created(one);
            String upstreams = DOCS.last();
            two.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscriptions/listen\",\"params\":{%s,\"notifications\":{\"taskIds\":[\"%s\",\"%s\",\"nope\"]}}}"
                            .formatted(McpPeer.meta(CAPABILITIES), id, UNKNOWN_ID));
            JsonNode acknowledged = two.receive();
            assertThat(acknowledged.at("/params/notifications/taskIds").valueStream().toList())
                    .hasSize(1);
            assertThat(acknowledged.at("/params/notifications/taskIds/0").asString()).isEqualTo(id);
            JsonNode state = two.receive().path("params");
            assertThat(state.path("taskId").asString()).isEqualTo(id);
            assertThat(state.path("status").asString()).isEqualTo("working");
            assertThat(state.at("/_meta/io.modelcontextprotocol~1subscriptionId").asInt())
                    .isEqualTo(9);

            DOCS.complete(upstreams, "for order-7");
            JsonNode end = two.receive().path("params");
            assertThat(end.path("status").asString()).isEqualTo("completed");
            assertThat(end.at("/result/content/0/text").asString()).isEqualTo("for [redacted]");
            long asked = DOCS.asked("tasks/get", upstreams);
            assertThat(get(one, id).path("status").asString()).isEqualTo("completed");
            assertThat(DOCS.asked("tasks/get", upstreams)).isEqualTo(asked + 1);
        }
    }

    @Test
    void doesNotRepeatACancellationWhoseResponseIsLost() throws Exception {
        try (SocketPeer modern = ada(first)) {
            String id = call(modern, "render").path("taskId").asString();
            DOCS.loseCancellation(DOCS.last());
            assertThat(about(modern, "tasks/cancel", id).at("/error/data/reason").asString())
                    .isEqualTo("outcome-unknown");
            assertThat(DOCS.asked("tasks/cancel", DOCS.last())).isEqualTo(1);
        }
    }

    @Test
    void waitsForATaskThatTheClientCannotTake() throws Exception {
        try (SocketPeer legacy = first.legacyAs("ada", "/docs");
                SocketPeer modern = ada(first)) {
            assertThat(call(modern, "render").path("taskId").asString()).startsWith("t1.");
            int before = DOCS.server.asked("tools/call").size();
            legacy.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"render\"}}");
            await().until(() -> DOCS.server.asked("tools/call").size() > before);
            DOCS.complete(DOCS.last(), "plain");
            assertThat(legacy.receive().at("/result/content/0/text").asString()).isEqualTo("plain");

            int again = DOCS.server.asked("tools/call").size();
            modern.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"tools/call\",\"params\":{%s,\"name\":\"burn\"}}"
                            .formatted(McpPeer.meta(CAPABILITIES)));
            await().until(() -> DOCS.server.asked("tools/call").size() > again);
            DOCS.complete(DOCS.last(), "never a task");
            assertThat(modern.receive().at("/result/content/0/text").asString())
                    .isEqualTo("never a task");
        }
    }
}
