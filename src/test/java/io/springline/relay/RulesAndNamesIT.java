package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/**
 * Access rules against the names of what two upstreams offer: {@code a} with "delete" and {@code b}
 * with "delete" and "wipe", each as a tool and as a prompt.
 */
class RulesAndNamesIT {

    private static TestHttpUpstream a;
    private static TestHttpUpstream b;
    private static ConfigurableApplicationContext service;

    @BeforeAll
    static void start() throws Exception {
        a = new TestHttpUpstream(asked -> answer(asked, List.of("delete")));
        b = new TestHttpUpstream(asked -> answer(asked, List.of("delete", "wipe", "look")));
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--springline.relay.upstreams.a.url=" + a.url(),
                                "--springline.relay.upstreams.b.url=" + b.url(),
                                "--springline.auth.tokens[0].name=user",
                                "--springline.auth.tokens[0].hash=sha256:" + sha256("tok-user"),
                                "--springline.auth.tokens[0].roles=user",
                                "--springline.auth.tokens[1].name=admin",
                                "--springline.auth.tokens[1].hash=sha256:" + sha256("tok-admin"),
                                "--springline.auth.tokens[1].roles=admin",
                                "--springline.auth.rules[0].tools=delete",
                                "--springline.auth.rules[0].prompts=delete",
                                "--springline.auth.rules[0].roles=admin",
                                "--springline.auth.rules[1].tools=b_wipe",
                                "--springline.auth.rules[1].prompts=b_wipe",
                                "--springline.auth.rules[1].resources=vault://{shelf}/{book}",
                                "--springline.auth.rules[1].roles=admin",
                                "--springline.auth.rules[2].tools=*",
                                "--springline.auth.rules[2].prompts=*",
                                "--springline.auth.rules[2].resources=*",
                                "--springline.auth.rules[2].roles=*");
        await().until(() ->
                service.getBean(Upstreams.class).all().stream().allMatch(each -> each.tools() > 0));
    }

    @AfterAll
    static void stop() {
        service.close();
        a.close();
        b.close();
    }

    private static String sha256(String token) throws Exception {
        return HexFormat.of()
                .formatHex(
                        MessageDigest.getInstance("SHA-256")
                                .digest(token.getBytes(StandardCharsets.UTF_8)));
    }

    private static void answer(TestHttpUpstream.Asked asked, List<String> names)
            throws IOException {
        if (asked.tryOpen(
                """
                {"tools":{},"prompts":{},"completions":{},"resources":{"subscribe":true}}\
                """)) {
            return;
        }
        switch (asked.method()) {
            case "tools/list" ->
                    asked.result(
                            "{\"tools\":[%s]}"
                                    .formatted(
                                            each(
                                                    names,
                                                    "{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}")));
            case "prompts/list" ->
                    asked.result("{\"prompts\":[%s]}".formatted(each(names, "{\"name\":\"%s\"}")));
            case "resources/list" -> asked.result("{\"resources\":[]}");
            case "resources/templates/list" ->
                    asked.result(
                            """
                            {"resourceTemplates":[{"name":"vault","uriTemplate":"vault://{shelf}/{book}"}]}\
                            """);
            case "resources/read" ->
                    asked.result("{\"contents\":[{\"uri\":\"vault://x/y\",\"text\":\"done\"}]}");
            case "tools/call" ->
                    asked.result("{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}");
            case "prompts/get" -> asked.result("{\"messages\":[]}");
            case "completion/complete" -> asked.result("{\"completion\":{\"values\":[\"done\"]}}");
            case "resources/subscribe" -> asked.result("{}");
            default -> asked.status(202);
        }
    }

    private static String each(List<String> names, String json) {
        return names.stream().map(json::formatted).collect(Collectors.joining(","));
    }

    private static SocketPeer connect(String endpoint, String who) throws Exception {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%s/mcp%s"
                                .formatted(
                                        service.getEnvironment().getProperty("local.server.port"),
                                        endpoint),
                        Map.of("Authorization", "Bearer tok-" + who),
                        "mcp");
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    private static JsonNode ask(McpPeer peer, String method, String params) throws Exception {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}"
                        .formatted(method, params));
    }

    private static List<String> names(McpPeer peer, String list) throws Exception {
        var names = new ArrayList<String>();
        ask(peer, list + "/list", "")
                .at("/result/" + list)
                .forEach(each -> names.add(each.path("name").asString()));
        return names;
    }

    @ParameterizedTest
    @CsvSource({
        "'', a_delete",
        "'', b_delete",
        "'', wipe",
        "'', b_wipe",
        "/a, delete",
        "/b, delete",
        "/b, wipe",
    })
    void appliesARuleUnderWhicheverNameAThingIsCalled(String endpoint, String name)
            throws Exception {
        String ref = "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"%s\"}".formatted(name);
        String argument = ",\"argument\":{\"name\":\"x\",\"value\":\"\"}";
        try (var user = connect(endpoint, "user");
                var admin = connect(endpoint, "admin")) {
            for (String[] call :
                    new String[][] {
                        {"tools/call", "\"name\":\"%s\"".formatted(name)},
                        {"prompts/get", "\"name\":\"%s\"".formatted(name)},
                        {"completion/complete", ref + argument},
                    }) {
                JsonNode refused = ask(user, call[0], call[1]);
                assertThat(refused.at("/error/code").asInt()).as(refused.toString()).isEqualTo(403);
                assertThat(refused.at("/error/data/requiredScopes").toString())
                        .isEqualTo("[\"admin\"]");
                if (!name.equals("b_wipe")) {
                    assertThat(ask(admin, call[0], call[1]).has("result")).as(call[0]).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"'', look, 'a_delete,b_delete,wipe'", "/a, '', delete", "/b, look, 'delete,wipe'"})
    void listsHideWhatTheRulesDeny(String endpoint, String open, String closed) throws Exception {
        try (var user = connect(endpoint, "user");
                var admin = connect(endpoint, "admin")) {
            for (String list : List.of("tools", "prompts")) {
                assertThat(names(user, list)).doesNotContain(closed.split(","));
                if (!open.isEmpty()) {
                    assertThat(names(user, list)).contains(open);
                }
                assertThat(names(admin, list)).contains(closed.split(","));
            }
            assertThat(
                            ask(user, "resources/templates/list", "")
                                    .at("/result/resourceTemplates")
                                    .isEmpty())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"''", "/a", "/b"})
    void appliesARuleForATemplateToTheUrisThatItStandsFor(String endpoint) throws Exception {
        try (var user = connect(endpoint, "user");
                var admin = connect(endpoint, "admin")) {
            for (String method : List.of("resources/read", "resources/subscribe")) {
                JsonNode refused = ask(user, method, "\"uri\":\"vault://x/y\"");
                assertThat(refused.at("/error/code").asInt()).as(refused.toString()).isEqualTo(403);
                assertThat(ask(admin, method, "\"uri\":\"vault://x/y\"").has("result")).isTrue();
            }
        }
    }
}
