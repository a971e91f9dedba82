package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/**
 * Our own stdio server behind the whole service: legacy, modern, and one process for each session.
 */
class RelayIT {

    private static ConfigurableApplicationContext service;

    @BeforeAll
    static void start() {
        var arguments = new ArrayList<String>();
        arguments.add("--server.port=0");
        arguments.add("--spring.profiles.active=conformance");
        arguments.add("--springline.websocket.max-message-size=20MB");
        arguments.addAll(upstream("legacy"));
        arguments.addAll(upstream("modern", "--modern"));
        arguments.addAll(upstream("shy", "--exit-on-discover"));
        arguments.addAll(upstream("own"));
        arguments.addAll(upstream("fragile"));
        arguments.add("--springline.relay.upstreams.own.mode=per-session");
        arguments.add("--springline.relay.upstreams.own.max-processes=3");
        arguments.add("--springline.relay.upstreams.fragile.timeout=3s");
        arguments.add("--springline.relay.upstreams.missing.command=no-such-command");
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        await().until(() ->
                service.getBean(Upstreams.class).all().stream()
                        .filter(each -> !each.name().equals("missing"))
                        .allMatch(each -> each.tools() > 0));
    }

    private static List<String> upstream(String name, String... flags) {
        StdioCommand command = StdioServer.command(flags);
        String prefix = "--springline.relay.upstreams." + name + ".";
        var arguments = new ArrayList<String>();
        arguments.add(prefix + "command=" + command.command());
        for (int i = 0; i < command.args().size(); i++) {
            arguments.add(prefix + "args[" + i + "]=" + command.args().get(i));
        }
        return arguments;
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static SocketPeer connect(String endpoint) {
        String port = service.getEnvironment().getProperty("local.server.port");
        return SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp" + endpoint);
    }

    private static SocketPeer legacy(String endpoint) throws InterruptedException {
        SocketPeer peer = connect(endpoint);
        peer.initialize("2025-11-25", "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}");
        return peer;
    }

    private static String call(Object id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"%s","arguments":%s}}\
        """
                .formatted(id, tool, arguments);
    }

    private static String modernCall(Object id, String tool, String arguments, String more) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{%s,"name":"%s","arguments":%s%s}}\
        """
                .formatted(id, McpPeer.meta("{\"elicitation\":{}}"), tool, arguments, more);
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString(answer.toString());
    }

    private static UpstreamView view(String name) {
        return service.getBean(Upstreams.class).all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void namesThatCollideGetTheUpstreamsNameAndLocalOnesKeepTheirs() throws Exception {
        try (var peer = legacy("")) {
            JsonNode tools =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                            .at("/result/tools");
            var names = tools.valueStream().map(each -> each.get("name").asString()).toList();
            assertThat(names)
                    .contains("echo", "legacy_echo", "modern_echo", "own_echo", "shy_echo")
                    .doesNotHaveDuplicates();
            JsonNode echo =
                    tools.valueStream()
                            .filter(each -> each.get("name").asString().equals("legacy_echo"))
                            .findFirst()
                            .orElseThrow();
            assertThat(echo.at("/annotations/readOnlyHint").asBoolean()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"legacy", "modern", "shy", "own"})
    void anEndpointServesOneUpstreamAloneUnderItsOwnNames(String name) throws Exception {
        try (var peer = legacy("/" + name)) {
            JsonNode tools =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                            .at("/result/tools");
            assertThat(tools.valueStream().map(each -> each.get("name").asString()))
                    .contains("echo", "increment")
                    .noneMatch(each -> each.contains("_echo") || each.equals("blob"));
            assertThat(text(peer.ask(call(2, "echo", "{\"message\":\"x\"}")))).isEqualTo("Echo: x");
        }
    }

    @ParameterizedTest
    @CsvSource({"legacy", "modern"})
    void instructionsOfAnUpstreamAreServedAtItsOwnEndpoint(String upstream) throws Exception {
        try (var peer = connect("/" + upstream)) {
            assertThat(discovered(peer)).isEqualTo("Be kind.");
            assertThat(peer.initialize("2025-11-25", "{}").at("/result/instructions").asString())
                    .isEqualTo("Be kind.");
        }
    }

    @Test
    void instructionsOfAllUpstreamsAreJoinedUnderTheirNames() throws Exception {
        try (var peer = connect("")) {
            assertThat(discovered(peer))
                    .contains("## legacy\n\nBe kind.", "## modern\n\nBe kind.")
                    .doesNotContain("## missing");
        }
    }

    private static String discovered(SocketPeer peer) throws InterruptedException {
        return peer.ask(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{%s}}"
                                .formatted(McpPeer.meta("{}")))
                .at("/result/instructions")
                .asString();
    }

    @ParameterizedTest
    @CsvSource({"legacy", "modern"})
    void whatNoSchemaKnowsPassesUntouched(String upstream) throws Exception {
        try (var peer = legacy("/" + upstream)) {
            JsonNode tools =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                            .at("/result/tools/0");
            JsonNode result = peer.ask(call(2, "echo", "{\"message\":\"x\"}")).get("result");
            assertThat(tools.has("x-unknown")).as(tools.toString()).isTrue();
            assertThat(result.has("x-unknown")).as(result.toString()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"own", "modern"})
    void aLegacyClientIsAskedByARequest(String upstream) throws Exception {
        try (var peer = legacy("/" + upstream)) {
            peer.send(call(1, "ask", "{}"));
            JsonNode question = peer.receive();
            assertThat(question.get("method").asString()).isEqualTo("elicitation/create");
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"Ada"}}}\
                    """
                            .formatted(question.get("id")));
            JsonNode answer = peer.receive();
            assertThat(answer.get("id").asInt()).isEqualTo(1);
            assertThat(answer.toString()).contains("Ada");
        }
    }

    @ParameterizedTest
    @CsvSource({"own", "modern"})
    void aModernClientIsAskedByTheResult(String upstream) throws Exception {
        try (var peer = connect("/" + upstream)) {
            JsonNode question = peer.ask(modernCall(1, "ask", "{}", "")).get("result");
            assertThat(question.get("resultType").asString()).isEqualTo("input_required");
            String key = question.get("inputRequests").propertyNames().iterator().next();
            String state =
                    question.has("requestState")
                            ? ",\"requestState\":" + question.get("requestState")
                            : "";
            JsonNode answer =
                    peer.ask(
                            modernCall(
                                    2,
                                    "ask",
                                    "{}",
                                    ",\"inputResponses\":{\"%s\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}}%s"
                                            .formatted(key, state)));
            assertThat(answer.get("id").asInt()).isEqualTo(2);
            assertThat(answer.toString()).contains("Ada", "complete");
        }
    }

    @ParameterizedTest
    @CsvSource({"legacy", "modern"})
    void progressComesUnderTheClientsOwnToken(String upstream) throws Exception {
        try (var peer = legacy("/" + upstream)) {
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count_up","arguments":{"steps":3,"ms":1},"_meta":{"progressToken":"mine"}}}\
                    """);
            for (int i = 1; i <= 3; i++) {
                JsonNode progress = peer.receive();
                assertThat(progress.at("/params/progressToken").asString()).isEqualTo("mine");
                assertThat(progress.at("/params/progress").asInt()).isEqualTo(i);
            }
            assertThat(peer.receive().get("id").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aCancelReachesTheUpstreamWithItsOwnId() throws Exception {
        try (var peer = legacy("/legacy")) {
            peer.send(call("\"mine\"", "sleep", "{\"ms\":60000}"));
            assertThat(text(peer.ask(call(2, "echo", "{\"message\":\"x\"}")))).isEqualTo("Echo: x");
            peer.send(
                    """
                    {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"mine"}}\
                    """);
            await().untilAsserted(() ->
                    assertThat(text(peer.ask(call(3, "cancelled", "{}"))))
                            .isNotEqualTo("[]")
                            .doesNotContain("mine"));
        }
    }

    @Test
    void resourcesPromptsTemplatesAndCompletionPass() throws Exception {
        try (var peer = legacy("/legacy")) {
            JsonNode resource =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"}")
                            .at("/result/resources/0");
            JsonNode read =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":%s}}\
                            """
                                    .formatted(resource.get("uri")));
            assertThat(read.at("/result/contents").size()).isPositive();
            JsonNode missing =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"no://such"}}\
                            """);
            assertThat(missing.at("/error/code").asInt()).isEqualTo(-32002);
            JsonNode prompt =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"prompts/list\"}")
                            .at("/result/prompts/0");
            JsonNode got =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":5,"method":"prompts/get","params":{"name":%s,"arguments":{"topic":"x","name":"x"}}}\
                            """
                                    .formatted(prompt.get("name")));
            assertThat(got.at("/result/messages").size()).as(got.toString()).isPositive();
        }
    }

    @Test
    void updatesOfASubscribedResourceReachTheSubscriber() throws Exception {
        try (var peer = legacy("/legacy");
                var other = legacy("/legacy")) {
            peer.ask(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"test://note"}}\
                    """);
            await().untilAsserted(() -> {
                other.ask(call(1, "touch", "{}"));
                String update = peer.poll(200);
                assertThat(update).contains("resources/updated", "test://note");
            });
        }
    }

    @Test
    void aChangedListIsAnnouncedAndServed() throws Exception {
        try (var peer = legacy("/modern")) {
            peer.send(call(1, "add_tool", "{}"));
            Set<String> seen = new HashSet<>();
            while (seen.size() < 2) {
                JsonNode next = peer.receive();
                seen.add(next.has("id") ? "answer" : next.get("method").asString());
            }
            assertThat(seen).contains("answer", "notifications/tools/list_changed");
            await().untilAsserted(() ->
                    assertThat(
                                    peer.ask(
                                                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}")
                                            .toString())
                            .contains("added_1"));
        }
    }

    @Test
    void aCrashCostsTheCallsInFlightAndNothingElse() throws Exception {
        try (var peer = legacy("/shy")) {
            peer.send(call(1, "sleep", "{\"ms\":60000}"));
            assertThat(text(peer.ask(call(2, "echo", "{\"message\":\"x\"}")))).isEqualTo("Echo: x");
            peer.send(call(3, "crash", "{}"));
            Set<Integer> failed = new HashSet<>();
            for (int i = 0; i < 2; i++) {
                JsonNode answer = peer.receive();
                while (answer.has("method")) { // a notification, such as of lists that have changed
                    answer = peer.receive();
                }
                assertThat(answer.at("/error/message").asString())
                        .as("%s", answer)
                        .contains("'shy'", "outcome is unknown");
                failed.add(answer.get("id").asInt());
            }
            assertThat(failed).containsExactlyInAnyOrder(1, 3);
            try (var others = legacy("/legacy")) {
                assertThat(text(others.ask(call(1, "echo", "{\"message\":\"y\"}"))))
                        .isEqualTo("Echo: y");
            }
            await().untilAsserted(() ->
                    assertThat(text(peer.ask(call(4, "echo", "{\"message\":\"z\"}"))))
                            .isEqualTo("Echo: z"));
        }
    }

    @Test
    void aCallIsRepeatedAfterACrashOnlyIfTheToolSaysItMayBe(@TempDir Path folder) throws Exception {
        try (var peer = legacy("/fragile")) {
            Path flag = Files.createFile(folder.resolve("flag"));
            String arguments = "{\"flag\":\"%s\"}".formatted(flag);
            assertThat(text(peer.ask(call(1, "crash_once", arguments)))).isEqualTo("alive");
            assertThat(flag).doesNotExist();

            Files.createFile(flag);
            assertThat(
                            peer.ask(call(2, "crash_once_writing", arguments))
                                    .at("/error/message")
                                    .asString())
                    .contains("outcome is unknown");
        }
    }

    @Test
    void garbageIsSkippedAndSilenceTimesOut() throws Exception {
        try (var peer = legacy("/fragile")) {
            assertThat(text(peer.ask(call(1, "garbage", "{}")))).isEqualTo("after the garbage");
            JsonNode silent = peer.ask(call(2, "silent", "{}"));
            assertThat(silent.at("/error/message").asString())
                    .contains("'fragile'", "did not answer");
            assertThat(text(peer.ask(call(3, "echo", "{\"message\":\"x\"}")))).isEqualTo("Echo: x");
        }
    }

    @Test
    void fiveMegabytesPass() throws Exception {
        try (var peer = legacy("/legacy")) {
            assertThat(text(peer.ask(call(1, "huge", "{\"bytes\":5000000}")))).hasSize(5_000_000);
        }
    }

    @Test
    void aMissingUpstreamIsAClearErrorAndLeavesTheRestServing() throws Exception {
        assertThat(view("missing").state()).isEqualTo("down");
        assertThat(view("missing").trouble()).contains("no-such-command");
        try (var peer = legacy("/missing")) {
            assertThat(
                            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                                    .at("/result/tools"))
                    .isEmpty();
        }
    }

    @Test
    void eachSessionHasItsOwnProcessAndTheBudgetHolds() throws Exception {
        await().until(() -> view("own").connections() == 0);
        var peers = new ArrayList<SocketPeer>();
        try {
            for (int i = 0; i < 3; i++) {
                SocketPeer peer = legacy("/own");
                peers.add(peer);
                assertThat(text(peer.ask(call(1, "increment", "{}")))).isEqualTo("1");
                assertThat(text(peer.ask(call(2, "increment", "{}")))).isEqualTo("2");
            }
            try (var oneTooMany = legacy("/own")) {
                assertThat(
                                oneTooMany
                                        .ask(call(1, "increment", "{}"))
                                        .at("/error/message")
                                        .asString())
                        .contains("'own'", "3 sessions");
            }
        } finally {
            peers.forEach(SocketPeer::close);
        }
        await().until(() -> view("own").connections() == 0);
    }

    /** {@code -Disolation.calls=1000} calls of each client for longer. */
    @Test
    void manyClientsWithTheSameIdsAndTokensNeverSeeEachOther() throws Exception {
        int clients = 100;
        int calls = Integer.getInteger("isolation.calls", 30);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all =
                    IntStream.range(0, clients)
                            .mapToObj(client ->
                                    threads.submit(
                                            (Callable<Integer>) () -> callAlone(client, calls)))
                            .toList();
            int total = 0;
            for (Future<Integer> each : all) {
                total += each.get();
            }
            assertThat(total).isEqualTo(clients * calls);
            System.out.println(clients + " clients, " + total + " calls, no cross-delivery");
        }
    }

    private static int callAlone(int client, int calls) throws Exception {
        try (var peer = legacy("/legacy")) {
            for (int i = 0; i < calls; i++) {
                boolean counting = i % 5 == 0;
                String message = client + "-" + i;
                peer.send(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s","arguments":%s,"_meta":{"progressToken":1}}}\
                        """
                                .formatted(
                                        counting ? "count_up" : "echo",
                                        counting
                                                ? "{\"steps\":2,\"ms\":0}"
                                                : "{\"message\":\"" + message + "\"}"));
                if (counting) {
                    for (int step = 1; step <= 2; step++) {
                        assertThat(peer.receive().at("/params/progress").asInt()).isEqualTo(step);
                    }
                    assertThat(peer.receive().get("id").asInt()).isEqualTo(1);
                } else {
                    assertThat(text(peer.receive())).isEqualTo("Echo: " + message);
                }
            }
        }
        return calls;
    }

    @Test
    void theServiceSaysHowItsUpstreamsAre() {
        assertThat(
                        service.getBean(Upstreams.class).all().stream()
                                .filter(each -> each.state().equals("up"))
                                .map(UpstreamView::name))
                .contains("legacy", "modern");
        assertThat(Map.of("legacy", "2025-11-25", "modern", "2026-07-28"))
                .allSatisfy((name, version) ->
                        assertThat(view(name).protocolVersion()).isEqualTo(version));
    }
}
