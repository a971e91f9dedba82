package io.springline.relay;

import static io.springline.relay.RelayedService.call;
import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Upstreams with a process for each client session. */
class PerSessionIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final ScriptedHttpServer scripted = new ScriptedHttpServer();
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        scripted.result(
                "tools/list", "{'tools':[{'name':'alone','inputSchema':{'type':'object'}}]}");
        var properties = new ArrayList<String>();
        properties.addAll(RelayedService.principals("ada", "bob", "eve"));
        properties.add("--springline.auth.rules[0].tools=added_2");
        properties.add("--springline.auth.rules[0].roles=bob");
        properties.add("--springline.auth.rules[1].tools=*");
        properties.add("--springline.auth.rules[1].roles=*");
        properties.add("--springline.auth.rules[2].resources=*");
        properties.add("--springline.auth.rules[2].roles=*");
        for (String name : List.of("own", "modern", "brief")) {
            properties.addAll(
                    name.equals("modern")
                            ? RelayedService.stdio(name, "--modern")
                            : RelayedService.stdio(name));
            String prefix = "--springline.relay.upstreams." + name + ".";
            properties.add(prefix + "mode=per-session");
            properties.add(prefix + "prefix=true");
        }
        properties.add("--springline.relay.upstreams.own.max-processes=4");
        properties.add("--springline.relay.upstreams.brief.idle-timeout=500ms");
        properties.add("--springline.relay.upstreams.scripted.mode=per-session");
        service =
                new RelayedService(Map.of("scripted", scripted), properties.toArray(String[]::new));
        await().until(() ->
                List.of("own", "modern", "brief", "scripted").stream()
                        .allMatch(name -> service.view(name).tools() > 0));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static List<String> tools(SocketPeer peer) throws Exception {
        return names(list(peer, "tools/list", "tools"), "name");
    }

    /** Takes messages up to the answer; returns the methods of the notifications among them. */
    private static List<String> untilAnswer(SocketPeer peer, String request) throws Exception {
        peer.send(request);
        var methods = new ArrayList<String>();
        for (JsonNode next = peer.receive(); !next.has("id"); next = peer.receive()) {
            methods.add(next.path("method").asString());
        }
        return methods;
    }

    @ParameterizedTest
    @ValueSource(strings = {"own", "modern"})
    void aToolAddedInASessionIsListedAndCallableThereAlone(String upstream) throws Exception {
        String tool = upstream + "_added_1";
        try (var peer = service.legacyAs("ada", "/" + upstream);
                var other = service.legacyAs("bob", "/" + upstream)) {
            call(other, upstream + "_increment", "{}");
            await().atMost(LONG)
                    .until(() -> {
                        var heard =
                                untilAnswer(
                                        peer,
                                        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"tools/call\",\"params\":{\"name\":\"%s_add_tool\",\"arguments\":{}}}"
                                                .formatted(upstream));
                        return heard.contains("notifications/tools/list_changed");
                    });
            assertThat(tools(peer)).contains(tool, upstream + "_echo");
            assertThat(call(peer, tool, "{}").at("/result/content/0/text").asString())
                    .isEqualTo("This is added_1");

            assertThat(untilAnswer(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"))
                    .as("the other session hears nothing of it")
                    .isEmpty();
            assertThat(tools(other)).contains(upstream + "_echo").doesNotContain(tool);
            assertThat(call(other, tool, "{}").at("/error/code").asInt()).isEqualTo(-32602);
        }
    }

    @Test
    void anUpdateOfASessionsProcessReachesThatSessionAlone() throws Exception {
        try (var peer = service.legacyAs("ada", "/own");
                var other = service.legacyAs("bob", "/own")) {
            for (SocketPeer each : List.of(peer, other)) {
                call(each, "own_increment", "{}");
                RelayedService.ask(each, "resources/subscribe", "{\"uri\":\"test://note\"}");
            }
            String touch =
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"own_touch\",\"arguments\":{}}}";
            await().atMost(LONG)
                    .until(() ->
                            untilAnswer(peer, touch).contains("notifications/resources/updated"));
            assertThat(untilAnswer(other, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"))
                    .isEmpty();
        }
    }

    @Test
    void accessRulesHoldForAToolAddedInASession() throws Exception {
        try (var peer = service.legacyAs("ada", "/own")) {
            for (int i = 1; i <= 2; i++) {
                call(peer, "own_add_tool", "{}");
            }
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(tools(peer)).contains("own_added_1"));
            await().atMost(LONG)
                    .until(() -> {
                        JsonNode answer = call(peer, "own_added_2", "{}");
                        return answer.at("/error/data/requiredScopes").isArray();
                    });
            assertThat(tools(peer)).contains("own_added_1").doesNotContain("own_added_2");
        }
    }

    @Test
    void theLogLevelReachesEachProcess() throws Exception {
        int before = scripted.asked("logging/setLevel").size();
        try (var peer = service.legacyAs("ada", "")) {
            call(peer, "alone", "{}");
            await().atMost(LONG).until(() -> scripted.asked("logging/setLevel").size() > before);
        }
    }

    @Test
    void aCallThatTakesLongerThanTheIdleTimeoutKeepsItsProcess() throws Exception {
        try (var peer = service.legacyAs("ada", "")) {
            assertThat(
                            call(peer, "brief_sleep", "{\"ms\":4000}")
                                    .at("/result/content/0/text")
                                    .asString())
                    .isEqualTo("slept");
            await().atMost(LONG).until(() -> service.view("brief").connections() == 0);
        }
    }

    @Test
    void onePrincipalLeavesProcessesForOthers() throws Exception {
        await().atMost(LONG).until(() -> service.view("own").connections() == 0);
        var peers = new ArrayList<SocketPeer>();
        try {
            for (int i = 0; i < 4; i++) {
                SocketPeer peer = service.legacyAs("eve", "");
                peers.add(peer);
                JsonNode answer = call(peer, "own_increment", "{}");
                if (i < 2) {
                    assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("1");
                } else {
                    assertThat(answer.at("/error/message").asString())
                            .contains("'own' already has 2 sessions of this principal");
                }
            }
            try (var bystander = service.legacyAs("bob", "")) {
                assertThat(
                                call(bystander, "own_increment", "{}")
                                        .at("/result/content/0/text")
                                        .asString())
                        .isEqualTo("1");
            }
        } finally {
            peers.forEach(SocketPeer::close);
        }
    }
}
