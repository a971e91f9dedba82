package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.GauntletScenario.Call;
import io.springline.relay.GauntletScenario.Reach;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Servers that misbehave, all behind one service, beside a good one. For each: the good one is
 * undisturbed, what is usable of the bad one is served, and the operator sees the trouble in words.
 */
class GauntletIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Map<String, String> KEYS =
            Map.of(
                    "tools/list", "name",
                    "prompts/list", "name",
                    "resources/list", "uri",
                    "resources/templates/list", "uriTemplate");
    private static final Map<String, String> MEMBERS =
            Map.of(
                    "tools/list", "tools",
                    "prompts/list", "prompts",
                    "resources/list", "resources",
                    "resources/templates/list", "resourceTemplates");

    private static final List<GauntletScenario> SCENARIOS =
            Stream.of(
                            GauntletMessages.lists(),
                            GauntletMessages.handshakes(),
                            GauntletMessages.answers(),
                            GauntletMessages.talk(),
                            GauntletTransports.pipes(),
                            GauntletTransports.statuses(),
                            GauntletTransports.bodies())
                    .flatMap(List::stream)
                    .toList();

    private static GauntletServer servers;
    private static RelayedService service;
    private static SocketPeer good;

    static Stream<Arguments> scenarios() {
        return SCENARIOS.stream()
                .flatMap(each -> each.reach.stream().map(reach -> Arguments.of(each, reach)));
    }

    @BeforeAll
    static void start() throws Exception {
        servers = new GauntletServer(SCENARIOS);
        service =
                new RelayedService(
                        Map.of(
                                "good",
                                new ScriptedHttpServer()
                                        .result(
                                                "tools/list",
                                                "{'tools':[{'name':'fine','inputSchema':{'type':'object'}}]}")),
                        servers.properties().toArray(String[]::new));
        await().atMost(Duration.ofMinutes(5))
                .until(() ->
                        servers.names().stream()
                                .noneMatch(
                                        name -> service.view(name).state().equals("connecting")));
        good = service.legacy("/good");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(listed(good, "tools/list")).containsExactly("fine"));
    }

    @AfterAll
    static void stop() throws Exception {
        good.close();
        service.close();
        servers.close();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("scenarios")
    void survives(GauntletScenario scenario, Reach reach) throws Exception {
        String name = scenario.upstream(reach);
        assertGoodIsUndisturbed();
        try (SocketPeer peer = service.legacy("/" + name)) {
            for (var list : scenario.lists.entrySet()) {
                await().pollDelay(Duration.ZERO)
                        .atMost(PATIENCE)
                        .untilAsserted(() ->
                                assertThat(listed(peer, list.getKey()))
                                        .as(list.getKey())
                                        .containsExactlyInAnyOrderElementsOf(list.getValue()));
            }
            for (Call call : scenario.calls) {
                assertThat(call(peer, call.tool()).toString().replace('"', '\''))
                        .as("a call of %s", call.tool())
                        .contains(call.answer());
            }
        }
        await().pollDelay(Duration.ZERO)
                .atMost(PATIENCE)
                .untilAsserted(() -> assertOperatorSees(scenario, name));
        assertGoodIsUndisturbed();
    }

    private static void assertOperatorSees(GauntletScenario scenario, String name)
            throws Exception {
        JsonNode shown = service.get("/actuator/upstreams/" + name);
        if (!scenario.state.equals("*")) {
            assertThat(shown.path("state").asString())
                    .as("state of %s", shown)
                    .isIn(
                            scenario.state.equals("down")
                                    ? List.of("down", "connecting")
                                    : List.of(scenario.state));
        }
        if (scenario.sees != null) {
            var words = new ArrayList<String>();
            words.add(shown.path("trouble").asString(""));
            shown.path("warnings").forEach(each -> words.add(each.asString()));
            shown.path("stderr").forEach(each -> words.add(each.asString()));
            assertThat(words).anySatisfy(each -> assertThat(each).contains(scenario.sees));
        }
    }

    private static void assertGoodIsUndisturbed() throws Exception {
        assertThat(listed(good, "tools/list")).containsExactly("fine");
        assertThat(call(good, "fine").at("/result/content/0/text").asString()).isEqualTo("called");
        assertThat(service.view("good").state()).isEqualTo("up");
        assertThat(service.view("good").restarts()).isZero();
    }

    private static List<String> listed(SocketPeer peer, String method) throws Exception {
        var keys = new ArrayList<String>();
        String cursor = null;
        do {
            JsonNode result =
                    ask(
                                    peer,
                                    method,
                                    cursor == null ? "{}" : "{\"cursor\":\"%s\"}".formatted(cursor))
                            .path("result");
            keys.addAll(RelayedService.names(result.path(MEMBERS.get(method)), KEYS.get(method)));
            cursor = result.path("nextCursor").asString(null);
        } while (cursor != null);
        return keys;
    }

    private static JsonNode call(SocketPeer peer, String tool) throws Exception {
        return ask(peer, "tools/call", "{\"name\":\"%s\",\"arguments\":{}}".formatted(tool));
    }

    /** Notifications may come before the answer. */
    private static JsonNode ask(SocketPeer peer, String method, String params) throws Exception {
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params));
        JsonNode message;
        do {
            message = peer.receive();
        } while (message.has("method"));
        return message;
    }

    /** All of them at once are offered at one endpoint, and none takes the others' place. */
    @Test
    void offersWhatIsUsableTogether() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(listed(peer, "tools/list")).contains("fine"));
            assertThat(service.get("/actuator/health").path("status").asString()).isEqualTo("UP");
        }
    }

    @Test
    void readsAListOnceForAllChangesOfABurst() {
        String name =
                SCENARIOS.stream()
                        .filter(each -> each.name.equals("changed lists all the time"))
                        .findFirst()
                        .orElseThrow()
                        .upstream(Reach.STDIO);
        await().atMost(PATIENCE).until(() -> servers.count(name, "tools/list") > 0);
        assertThat(servers.count(name, "tools/list")).isLessThan(20);
    }
}
