package io.springline.relay;

import static io.springline.relay.RelayedService.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What upstreams are subscribed to is what clients are subscribed to. */
class RelayedSubscriptionsIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final ScriptedHttpServer legacy = new ScriptedHttpServer();
    private static final List<JsonNode> listens = new CopyOnWriteArrayList<>();
    private static final CountDownLatch alone = new CountDownLatch(1);
    private static final CountDownLatch refused = new CountDownLatch(2);
    private static final CountDownLatch end = new CountDownLatch(1);
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        var properties = new ArrayList<>(RelayedService.principals("ada", "bob"));
        Map<String, TestHttpUpstream.Script> servers =
                Map.of(
                        "legacy",
                        legacy,
                        "modern",
                        RelayedSubscriptionsIT::modern,
                        "small",
                        RelayedSubscriptionsIT::small);
        service = new RelayedService(servers, properties.toArray(String[]::new));
        service.awaitState("legacy", "up");
        service.awaitState("modern", "up");
    }

    @AfterAll
    static void stop() {
        end.countDown();
        service.close();
    }

    private static void modern(Asked asked) throws Exception {
        switch (asked.method()) {
            case "server/discover" ->
                    asked.result(
                            "{\"resultType\":\"complete\",\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"resources\":{}}}");
            case "subscriptions/listen" -> {
                listens.add(asked.body().at("/params/notifications/resourceSubscriptions"));
                asked.events()
                        .data(
                                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\"}");
                end.await();
            }
            default ->
                    asked.json(
                            200,
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"no\"}}"
                                    .formatted(asked.body().get("id")));
        }
    }

    /** Takes one resource in a subscription, and sends an update of it when it has refused two. */
    private static void small(Asked asked) throws Exception {
        JsonNode resources = asked.body().at("/params/notifications/resourceSubscriptions");
        if (!asked.method().equals("subscriptions/listen") || resources.size() == 0) {
            modern(asked);
        } else if (resources.size() > 1) {
            asked.json(
                    200,
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32603,\"message\":\"too many\"}}"
                            .formatted(asked.body().get("id")));
            refused.countDown();
        } else {
            alone.countDown();
            var events = asked.events();
            events.data(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/subscriptions/acknowledged\"}");
            refused.await();
            events.data(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":{\"uri\":\"s://1\"}}");
            end.await();
        }
    }

    private static JsonNode subscribe(SocketPeer peer, String uri) throws Exception {
        return ask(peer, "resources/subscribe", "{\"uri\":\"%s\"}".formatted(uri));
    }

    /** What the upstream is subscribed to, of the URIs that begin so. */
    private static Set<String> subscribed(String prefix) {
        var uris = new HashSet<String>();
        legacy.asked("resources/subscribe").forEach(each -> uris.add(each.get("uri").asString()));
        legacy.asked("resources/unsubscribe")
                .forEach(each -> uris.remove(each.get("uri").asString()));
        uris.removeIf(uri -> !uri.startsWith(prefix));
        return uris;
    }

    @Test
    void unsubscribesWhenTheLastSubscriberHasLeft() throws Exception {
        try (var first = service.legacyAs("ada", "")) {
            try (var second = service.legacyAs("bob", "/legacy")) {
                subscribe(first, "a://both");
                subscribe(first, "a://first");
                subscribe(second, "a://both");
                await().atMost(LONG)
                        .until(() -> subscribed("a:").equals(Set.of("a://both", "a://first")));
                ask(first, "resources/unsubscribe", "{\"uri\":\"a://both\"}");
                ask(first, "resources/unsubscribe", "{\"uri\":\"a://first\"}");
                await().atMost(LONG).until(() -> subscribed("a:").equals(Set.of("a://both")));
            }
            await().atMost(LONG).until(() -> subscribed("a:").isEmpty());
        }
    }

    @Test
    void endsASubscriptionWithTheListenThatBroughtIt() throws Exception {
        try (var peer = service.legacyAs("ada", "")) {
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"subscriptions/listen\",\"params\":{%s,\"notifications\":{\"resourceSubscriptions\":[\"l://a\"]}}}"
                            .formatted(McpPeer.meta("{}")));
            await().atMost(LONG).until(() -> subscribed("l:").equals(Set.of("l://a")));
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"l\"}}");
            await().atMost(LONG).until(() -> subscribed("l:").isEmpty());
        }
    }

    @Test
    void junkThatIsGoneTakesNoRoomFromOthers() throws Exception {
        try (var junk = service.legacyAs("ada", "/legacy")) {
            for (int i = 0; i < 1000; i++) {
                subscribe(junk, "j://" + i);
            }
        }
        try (var bystander = service.legacyAs("bob", "/legacy")) {
            subscribe(bystander, "k://mine");
            await().atMost(LONG).until(() -> subscribed("k:").equals(Set.of("k://mine")));
        }
        await().atMost(LONG).until(() -> subscribed("j:").isEmpty());
    }

    @Test
    void onePrincipalLeavesRoomForOthers() throws Exception {
        var peers = new ArrayList<SocketPeer>();
        try {
            JsonNode refused = null;
            for (int session = 0; session < 3; session++) {
                SocketPeer peer = service.legacyAs("ada", "/legacy");
                peers.add(peer);
                for (int i = 0; i < 1000 && refused == null; i++) {
                    JsonNode answer = subscribe(peer, "p://" + session + "/" + i);
                    refused = answer.has("error") ? answer : null;
                }
            }
            assertThat(refused).isNotNull();
            assertThat(refused.at("/error/message").asString())
                    .contains("Too many subscriptions at upstream 'legacy'", "for one principal");
            try (var bystander = service.legacyAs("bob", "/legacy")) {
                assertThat(subscribe(bystander, "q://mine").has("result")).isTrue();
            }
        } finally {
            peers.forEach(SocketPeer::close);
        }
    }

    @Test
    void aModernUpstreamGetsManyChangesAtOnce() throws Exception {
        int before = listens.size();
        try (var peer = service.legacyAs("ada", "/modern")) {
            for (int i = 0; i < 300; i++) {
                subscribe(peer, "m://" + i);
            }
            await().atMost(LONG).until(() -> listens.getLast().size() == 300);
            assertThat(listens.size() - before).as("for 300 resources").isLessThan(20);
        }
        await().atMost(LONG).until(() -> listens.getLast().isEmpty());
    }

    @Test
    void aRefusedSubscriptionLeavesTheOneBeforeIt() throws Exception {
        try (var peer = service.legacyAs("ada", "/small")) {
            subscribe(peer, "s://1");
            assertThat(alone.await(1, TimeUnit.MINUTES)).isTrue();
            subscribe(peer, "s://2");
            JsonNode update = peer.receive();
            assertThat(update.at("/params/uri").asString()).isEqualTo("s://1");
        }
    }
}
