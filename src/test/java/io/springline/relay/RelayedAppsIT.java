package io.springline.relay;

import static io.springline.relay.RelayedService.ask;
import static io.springline.relay.RelayedService.call;
import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * MCP Apps of upstreams pass through the relay. The numbers are those of the checks of the
 * extension for relays, in the order in which a host uses an app.
 */
class RelayedAppsIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final AppServer old = new AppServer("old", false);
    private static final AppServer modern = new AppServer("new", true);
    private static final AppServer plain = new AppServer("plain", true).extensions("{}").tools();
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        var servers = new LinkedHashMap<String, AppServer>();
        servers.put("old", old);
        servers.put("new", modern);
        servers.put("plain", plain);
        service = new RelayedService(servers, pipe().toArray(String[]::new));
        servers.keySet().forEach(each -> service.awaitState(each, "up"));
        service.awaitState("pipe", "up");
        try (SocketPeer peer = service.legacy("")) {
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(names(list(peer, "tools/list", "tools"), "name"))
                                    .contains("old_chart", "new_chart", "pipe_chart", "only_new"));
        }
    }

    /** A legacy server with an app, over standard input and output. */
    private static List<String> pipe() {
        return ScriptedServer.legacy()
                .result("\"tools/list\"", "{\"tools\":[%s]}".formatted(AppServer.tool("chart")))
                .result(
                        "\"resources/read\"",
                        "{\"contents\":[{\"uri\":\"%s\",\"mimeType\":\"%s\",\"text\":\"<b>pipe</b>\",\"_meta\":{\"ui\":{\"prefersBorder\":true}}}]}"
                                .formatted(AppServer.VIEW, AppServer.MIME))
                .upstream("pipe");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static SocketPeer legacy(String endpoint, String version, String capabilities)
            throws InterruptedException {
        SocketPeer peer = service.connect(endpoint);
        peer.initialize(version, capabilities);
        return peer;
    }

    private static String declared(String... ids) {
        return "{\"extensions\":{%s}}"
                .formatted(
                        String.join(
                                ",",
                                List.of(ids).stream()
                                        .map(id ->
                                                "\"%s\":{\"mimeTypes\":[\"%s\"]}"
                                                        .formatted(id, AppServer.MIME))
                                        .toList()));
    }

    private static JsonNode modernAsk(
            SocketPeer peer, String method, String params, String capabilities) throws Exception {
        return ask(peer, method, "{%s%s}".formatted(params, McpPeer.meta(capabilities)));
    }

    private static JsonNode extensionsOfLastCall() {
        JsonNode meta = modern.asked("tools/call").getLast().path("_meta");
        return meta.path("io.modelcontextprotocol/clientCapabilities").path("extensions");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-06-18", "2025-11-25"})
    void check1PassesTheExtensionOfALegacyClient(String version) throws Exception {
        String more = declared(AppServer.APPS, "com.example/secret");
        try (SocketPeer peer = legacy("", version, more)) {
            call(peer, "only_new", "{}");
        }
        assertThat(extensionsOfLastCall().toString())
                .isEqualTo(
                        "{\"%s\":{\"mimeTypes\":[\"%s\"]}}"
                                .formatted(AppServer.APPS, AppServer.MIME));
    }

    @Test
    void check1PassesTheExtensionOfAModernRequestOnly() throws Exception {
        try (SocketPeer peer = service.connect("")) {
            String params = "\"name\":\"only_new\",\"arguments\":{},";
            modernAsk(peer, "tools/call", params, declared(AppServer.APPS));
            assertThat(extensionsOfLastCall().has(AppServer.APPS)).isTrue();
            modernAsk(peer, "tools/call", params, "{}");
            assertThat(extensionsOfLastCall().isMissingNode()).isTrue();
        }
    }

    @Test
    void check1DeclaresTheExtensionWhereAllClientsShareTheConnection() {
        assertThat(
                        old.asked("initialize")
                                .getFirst()
                                .at("/capabilities/extensions")
                                .get(AppServer.APPS))
                .hasToString("{\"mimeTypes\":[\"%s\"]}".formatted(AppServer.MIME));
        assertThat(modern.asked("tools/list").getFirst().toString()).contains(AppServer.APPS);
    }

    @ParameterizedTest
    @CsvSource({"'',true", "/old,true", "/new,true", "/plain,false"})
    void check1AdvertisesTheExtensionWhereAnUpstreamHasIt(String endpoint, boolean has)
            throws Exception {
        try (SocketPeer peer = service.connect(endpoint)) {
            JsonNode discovered = modernAsk(peer, "server/discover", "", "{}");
            assertThat(discovered.at("/result/capabilities/extensions").has(AppServer.APPS))
                    .isEqualTo(has);
            assertThat(discovered.at("/result/ttlMs").asLong()).isLessThanOrEqualTo(10_000);
            JsonNode initialized = peer.initialize("2025-06-18", "{}");
            assertThat(initialized.at("/result/capabilities/extensions").has(AppServer.APPS))
                    .isEqualTo(has);
        }
    }

    @ParameterizedTest
    @CsvSource({"old_chart,old", "only_new,new", "pipe_chart,pipe"})
    void check2RewritesBothUrisOfAToolAndNothingElse(String tool, String upstream)
            throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
            String listed = peer.poll(McpPeer.PATIENCE_MILLIS);
            String own =
                    AppServer.tool(tool)
                            .replace(AppServer.VIEW, "ui://%s/chart/view.html".formatted(upstream));
            String execution = ",\"execution\":{\"taskSupport\":\"optional\"}}";
            assertThat(listed).contains(own.substring(0, own.length() - 1) + execution);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'',ui://old/chart/view.html,<b>old</b>,text",
        "'',ui://new/chart/view.html,<b>new</b>,text",
        "'',ui://new/chart/view.bin,PGI+,blob",
        "'',ui://pipe/chart/view.html,<b>pipe</b>,text",
        "/old,ui://chart/view.html,<b>old</b>,text",
        "/new,ui://chart/view.bin,PGI+,blob"
    })
    void check3ReadsAnAppUnderTheUriThatItWasAskedBy(
            String endpoint, String uri, String content, String member) throws Exception {
        try (SocketPeer peer = service.legacy(endpoint)) {
            JsonNode read = ask(peer, "resources/read", "{\"uri\":\"%s\"}".formatted(uri));
            JsonNode one = read.at("/result/contents/0");
            assertThat(one.path("uri").asString()).isEqualTo(uri);
            assertThat(one.path("mimeType").asString()).isEqualTo(AppServer.MIME);
            assertThat(one.path(member).asString()).isEqualTo(content);
            assertThat(one.path("_meta").toString())
                    .matches(
                            "\\{\"ui\":\\{(\"csp\":\\{\"connectDomains\":\\[\"https://api.example.com\"]},\"domain\":\"(old|new).example.com\",)?\"prefersBorder\":true}}");
        }
    }

    @Test
    void check4ReadsAnAppThatIsNotListed() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            assertThat(names(list(peer, "resources/list", "resources"), "uri"))
                    .contains("ui://old/listed/old", "ui://new/listed/new")
                    .doesNotContain("ui://new/chart/view.html");
            JsonNode read = ask(peer, "resources/read", "{\"uri\":\"ui://new/chart/view.html\"}");
            assertThat(read.at("/result/contents/0/text").asString()).isEqualTo("<b>new</b>");
            assertThat(
                            names(
                                    list(peer, "resources/templates/list", "resourceTemplates"),
                                    "uriTemplate"))
                    .contains("ui://old/chart/{id}", "ui://new/chart/{id}");
        }
    }

    @Test
    void check5DoesNotMixEqualUrisOfTwoUpstreams() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            for (String upstream : List.of("old", "new")) {
                JsonNode called = call(peer, upstream + "_chart", "{}");
                String uri = called.at("/result/_meta/ui/resourceUri").asString();
                assertThat(uri).isEqualTo("ui://%s/chart/view.html".formatted(upstream));
                assertThat(
                                ask(peer, "resources/read", "{\"uri\":\"%s\"}".formatted(uri))
                                        .toString())
                        .contains("<b>%s</b>".formatted(upstream));
            }
            assertThat(
                            ask(peer, "resources/read", "{\"uri\":\"ui://chart/view.html\"}")
                                    .at("/error/code")
                                    .asInt())
                    .isEqualTo(-32002);
        }
    }

    @Test
    void check6CallsAToolByItsBareNameIfItIsUnique() throws Exception {
        Map<String, AppServer> servers = Map.of("one", new AppServer("one", false));
        String prefixed = "--springline.relay.upstreams.one.prefix=true";
        try (var prefixing = new RelayedService(servers, prefixed);
                SocketPeer peer = prefixing.legacy("")) {
            await().atMost(LONG)
                    .until(() ->
                            names(list(peer, "tools/list", "tools"), "name").contains("one_chart"));
            assertThat(call(peer, "chart", "{}").at("/result/content/0/text").asString())
                    .isEqualTo("chart of one");
            assertThat(call(peer, "one_chart", "{}").at("/result/content/0/text").asString())
                    .isEqualTo("chart of one");
        }
    }

    @Test
    void check6RefusesAnAmbiguousBareNameAndNamesTheCandidates() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            JsonNode error = call(peer, "chart", "{}").path("error");
            assertThat(error.path("code").asInt()).isEqualTo(-32602);
            assertThat(error.at("/data/candidates").valueStream().map(JsonNode::asString))
                    .containsExactlyInAnyOrder("old_chart", "new_chart", "pipe_chart");
            assertThat(error.path("message").asString()).contains("old_chart", "new_chart");
        }
    }

    @Test
    void check6KeepsAllNamesAtTheEndpointOfOneUpstream() throws Exception {
        try (SocketPeer peer = service.legacy("/new")) {
            JsonNode tools = list(peer, "tools/list", "tools");
            assertThat(names(tools, "name")).containsExactly("chart", "only_new");
            assertThat(tools.at("/0/_meta/ui/resourceUri").asString()).isEqualTo(AppServer.VIEW);
            assertThat(call(peer, "chart", "{}").at("/result/content/0/text").asString())
                    .isEqualTo("chart of new");
        }
    }

    @Test
    void check6LetsTheAppThatCallsDecideAboutABareName() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            JsonNode called =
                    ask(
                            peer,
                            "tools/call",
                            "{\"name\":\"chart\",\"_meta\":{\"ui\":{\"resourceUri\":\"ui://new/chart/view.html\"}}}");
            assertThat(called.at("/result/content/0/text").asString()).isEqualTo("chart of new");
        }
    }

    @Test
    void check7KeepsStructuredContentAndMeta() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"only_new\",\"arguments\":{}}}");
            String called = peer.poll(McpPeer.PATIENCE_MILLIS);
            assertThat(called)
                    .contains("\"structuredContent\":{\"uri\":\"ui://chart/view.html\",\"n\":1.50}")
                    .contains(AppServer.UNKNOWN);
            JsonNode content = McpPeer.JSON.readTree(called).at("/result/content");
            assertThat(content.at("/1/uri").asString()).isEqualTo("ui://new/chart/view.html");
            assertThat(content.at("/2/resource/uri").asString())
                    .isEqualTo("ui://new/chart/view.html");
        }
    }

    @Test
    void check8RefusesToolsAndAppsOfAnotherUpstream() throws Exception {
        try (SocketPeer peer = service.legacy("/old")) {
            assertThat(call(peer, "new_chart", "{}").at("/error/code").asInt()).isEqualTo(-32602);
            assertThat(call(peer, "only_new", "{}").at("/error/code").asInt()).isEqualTo(-32602);
        }
        int before = modern.asked("tools/call").size();
        try (SocketPeer peer = service.legacy("")) {
            assertThat(call(peer, "new_only_old", "{}").at("/error/code").asInt())
                    .isEqualTo(-32602);
            JsonNode foreign =
                    ask(
                            peer,
                            "tools/call",
                            "{\"name\":\"only_new\",\"_meta\":{\"ui/resourceUri\":\"ui://old/chart/view.html\"}}");
            assertThat(foreign.at("/error/message").asString()).contains("own server");
            assertThat(ask(peer, "resources/read", "{\"uri\":\"ui://old/listed/new\"}").toString())
                    .doesNotContain("<b>");
        }
        assertThat(modern.asked("tools/call")).hasSize(before);
    }

    @Test
    void check8RefusesTheToolsOfThisServerToAnAppOfAnUpstream() throws Exception {
        String params = "{\"name\":\"echo\",\"arguments\":{\"message\":\"x\"}%s}";
        String app = ",\"_meta\":{\"ui\":{\"resourceUri\":\"ui://%s/chart/view.html\"}}";
        try (SocketPeer peer = service.legacy("")) {
            for (String upstream : List.of("old", "new", "pipe")) {
                JsonNode refused =
                        ask(peer, "tools/call", params.formatted(app.formatted(upstream)));
                assertThat(refused.at("/error/code").asInt()).isEqualTo(-32602);
                assertThat(refused.at("/error/message").asString()).contains("own server");
            }
            for (String own : List.of("", app.formatted("mine"))) {
                assertThat(
                                ask(peer, "tools/call", params.formatted(own))
                                        .at("/result/content/0/text")
                                        .asString())
                        .contains("x");
            }
        }
    }

    @Test
    void check9AnnouncesANewListAfterAReconnectAndKeepsUris() throws Exception {
        var server = new AppServer("back", false);
        try (var reconnecting =
                        new RelayedService(
                                Map.of("back", server),
                                "--springline.relay.upstreams.back.probe-interval=1s");
                SocketPeer peer = reconnecting.legacy("")) {
            await().atMost(LONG)
                    .until(() ->
                            names(list(peer, "tools/list", "tools"), "name").contains("chart"));
            server.tools("chart", "added");
            reconnecting.restart("back", server);
            await().atMost(LONG)
                    .until(() ->
                            peer.receive()
                                    .path("method")
                                    .asString("")
                                    .equals("notifications/tools/list_changed"));
            JsonNode tools = list(peer, "tools/list", "tools");
            assertThat(names(tools, "name")).contains("chart", "added");
            tools.forEach(tool -> {
                if (tool.has("_meta")) {
                    assertThat(tool.at("/_meta/ui/resourceUri").asString())
                            .isEqualTo("ui://back/chart/view.html");
                }
            });
        }
    }

    @Test
    void subscribesAndAnnouncesByTheUriOfTheClient() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            ask(peer, "resources/subscribe", "{\"uri\":\"ui://old/chart/view.html\"}");
            await().atMost(LONG)
                    .until(() ->
                            old.asked("resources/subscribe").stream()
                                    .anyMatch(each ->
                                            each.path("uri").asString().equals(AppServer.VIEW)));
        }
    }
}
