package io.springline.relay;

import static io.springline.relay.RelayedService.ask;
import static io.springline.relay.RelayedService.call;
import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.testing.HttpPeer;
import io.springline.testing.SocketPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** One endpoint that shows a choice of what two upstreams and the service itself have. */
class CuratedEndpointsIT {

    private static final String AT = "--springline.endpoints.support.";

    private static final String LIST =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                    .formatted(HttpPeer.MODERN);

    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        var properties = new ArrayList<>(RelayedService.principals("agent", "admin"));
        properties.addAll(RelayedService.stdio("proc"));
        properties.addAll(
                List.of(
                        "--springline.endpoints.retry.upstreams=proc",
                        "--springline.endpoints.retry.tools.annotate.crash_once_writing.idempotent-hint=true",
                        AT + "upstreams=local,docs,wiki",
                        AT + "instructions=Answer tickets.",
                        AT + "tools.include=docs/*,wiki_search,echo,look",
                        AT + "tools.exclude=destructiveHint=true",
                        AT + "tools.rename.docs_search=find",
                        AT + "tools.rename.echo=say",
                        AT + "tools.title.find=Find a page",
                        AT + "tools.describe.docs_search=Searches the handbook",
                        AT + "tools.annotate.docs_search.readOnlyHint=true",
                        AT + "tools.annotate.wiki_search.readOnlyHint=true",
                        AT + "tools.annotate.echo.readOnlyHint=true",
                        AT + "tools.annotate.look.idempotentHint=true",
                        AT + "tools.annotate.look.destructiveHint=false",
                        AT + "tools.annotate.gone.readOnlyHint=true",
                        AT + "prompts.include=docs/greet",
                        AT + "prompts.rename.docs_greet=hello",
                        AT + "resources.exclude=vault://{shelf}/{book},file:///secret*",
                        "--springline.endpoints.admins.roles=admin",
                        "--springline.endpoints.admins.upstreams=wiki",
                        "--springline.auth.rules[0].tools=docs_search",
                        "--springline.auth.rules[0].roles=admin",
                        "--springline.auth.rules[1].tools=*",
                        "--springline.auth.rules[1].prompts=*",
                        "--springline.auth.rules[1].resources=*",
                        "--springline.auth.rules[1].roles=*"));
        service =
                new RelayedService(
                        Map.of(
                                "docs",
                                asked -> answer(asked, List.of("search", "delete", "look"), "docs"),
                                "wiki",
                                asked -> answer(asked, List.of("search", "edit"), "wiki")),
                        properties.toArray(String[]::new));
        service.awaitState("docs", "up");
        service.awaitState("wiki", "up");
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static void answer(TestHttpUpstream.Asked asked, List<String> tools, String name)
            throws Exception {
        if (asked.tryOpen(
                """
                {"tools":{},"prompts":{},"completions":{},"resources":{"subscribe":true}}\
                """)) {
            return;
        }
        switch (asked.method()) {
            case "tools/list" ->
                    asked.result(
                            tools.stream()
                                    .map(
                                            "{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}"
                                                    ::formatted)
                                    .toList()
                                    .toString()
                                    .transform("{\"tools\":%s}"::formatted));
            case "prompts/list" ->
                    asked.result("{\"prompts\":[{\"name\":\"greet\"},{\"name\":\"curse\"}]}");
            case "resources/list" ->
                    asked.result(
                            """
                            {"resources":[{"uri":"file:///open","name":"open"},\
                            {"uri":"file:///secret","name":"s"}]}\
                            """);
            case "resources/templates/list" ->
                    asked.result(
                            """
                            {"resourceTemplates":[{"name":"vault","uriTemplate":"vault://{shelf}/{book}"}]}\
                            """);
            case "resources/read" ->
                    asked.result(
                            "{\"contents\":[{\"uri\":%s,\"text\":\"%s\"}]}"
                                    .formatted(asked.body().at("/params/uri"), name));
            case "tools/call" -> {
                String tool = asked.body().at("/params/name").asString();
                asked.result(
                        "{\"content\":[{\"type\":\"text\",\"text\":\"%s.%s\"}]}"
                                .formatted(name, tool));
            }
            case "prompts/get" ->
                    asked.result(
                            "{\"messages\":[],\"description\":%s}"
                                    .formatted(asked.body().at("/params/name")));
            case "completion/complete" ->
                    asked.result(
                            "{\"completion\":{\"values\":[%s]}}"
                                    .formatted(asked.body().at("/params/ref/name")));
            default -> asked.status(202);
        }
    }

    private static SocketPeer admin() throws Exception {
        return service.legacyAs("admin", "/support");
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString();
    }

    @Test
    void offersWhatTheRulesShowUnderNewNames() throws Exception {
        try (var peer = admin()) {
            JsonNode tools = list(peer, "tools/list", "tools");
            assertThat(names(tools, "name"))
                    .containsExactlyInAnyOrder("say", "find", "look", "search");
            JsonNode find =
                    tools.valueStream()
                            .filter(each -> each.path("name").asString().equals("find"))
                            .findFirst()
                            .orElseThrow();
            assertThat(find.path("title").asString()).isEqualTo("Find a page");
            assertThat(find.path("description").asString()).isEqualTo("Searches the handbook");
            assertThat(find.at("/annotations/readOnlyHint").asBoolean()).isTrue();
            assertThat(names(list(peer, "prompts/list", "prompts"), "name"))
                    .containsExactly("hello");
            assertThat(names(list(peer, "resources/list", "resources"), "uri"))
                    .contains("file:///open")
                    .doesNotContain("file:///secret");
            assertThat(list(peer, "resources/templates/list", "resourceTemplates").isEmpty())
                    .isTrue();
        }
    }

    @Test
    void callsTheSourceUnderItsOwnName() throws Exception {
        try (var peer = admin()) {
            assertThat(text(call(peer, "find", "{}"))).isEqualTo("docs.search");
            assertThat(text(call(peer, "search", "{}"))).isEqualTo("wiki.search");
            assertThat(text(call(peer, "say", "{\"message\":\"hi\"}"))).contains("hi");
            assertThat(ask(peer, "prompts/get", "{\"name\":\"hello\"}").at("/result/description"))
                    .hasToString("\"greet\"");
            JsonNode completed =
                    ask(
                            peer,
                            "completion/complete",
                            """
                            {"ref":{"type":"ref/prompt","name":"hello"},"argument":{"name":"x","value":""}}\
                            """);
            assertThat(completed.at("/result/completion/values/0").asString()).isEqualTo("greet");
        }
    }

    @ParameterizedTest
    @CsvSource({"delete", "docs_delete", "docs_search", "edit", "system_info", "nonsense"})
    void aHiddenToolIsUnknown(String tool) throws Exception {
        try (var peer = admin()) {
            JsonNode answer = call(peer, tool, "{}");
            assertThat(answer.at("/error/message").asString()).isEqualTo("Unknown tool: " + tool);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vault://a/b",
        "file:///secret",
        "file:///secret/deeper",
        "FILE:///secret/deeper",
        "file:///open/%2e%2e/secret/deeper"
    })
    void aHiddenResourceIsNotFound(String uri) throws Exception {
        String params = "{\"uri\":\"%s\"}".formatted(uri);
        try (var peer = admin()) {
            JsonNode answer = ask(peer, "resources/read", params);
            assertThat(answer.at("/error/message").asString()).isEqualTo("Resource not found");
            JsonNode open = ask(peer, "resources/read", "{\"uri\":\"file:///open\"}");
            assertThat(open.has("result")).as(open.toString()).isTrue();
        }
        try (var peer = service.legacyAs("admin", "")) {
            assertThat(ask(peer, "resources/read", params).has("result")).isTrue();
        }
    }

    @Test
    void checksAccessRulesByEveryNameOfARenamedTool() throws Exception {
        try (var peer = service.legacyAs("agent", "/support")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name"))
                    .containsExactlyInAnyOrder("say", "look", "search");
            JsonNode refused = call(peer, "find", "{}");
            assertThat(refused.at("/error/code").asInt()).isEqualTo(403);
            assertThat(refused.at("/error/data/requiredScopes").toString())
                    .isEqualTo("[\"admin\"]");
        }
    }

    @Test
    void repeatsACallThatTheEndpointDeclaresIdempotent(@TempDir Path folder) throws Exception {
        service.awaitState("proc", "up");
        String arguments = "{\"flag\":\"%s\"}".formatted(Files.createFile(folder.resolve("flag")));
        try (var peer = service.legacyAs("admin", "/retry")) {
            assertThat(text(call(peer, "crash_once_writing", arguments))).isEqualTo("alive");
        }
    }

    @Test
    void servesTheSameOverHttp() throws Exception {
        try (var peer = new HttpPeer(service.port(), "/mcp/support")) {
            var answer =
                    peer.with("Authorization", "Bearer tok-admin")
                            .modern("tools/list", null)
                            .post(LIST);
            assertThat(names(HttpPeer.json(answer.body()).at("/result/tools"), "name"))
                    .containsExactlyInAnyOrder("say", "find", "look", "search");
            var hidden =
                    peer.modern("tools/call", "delete")
                            .post(HttpPeer.modernCall(1, "delete", "{}"));
            assertThat(HttpPeer.json(hidden.body()).at("/error/message").asString())
                    .isEqualTo("Unknown tool: delete");
        }
    }

    @Test
    void admitsOnlyClientsWithARole() throws Exception {
        assertThatThrownBy(() -> service.legacyAs("agent", "/admins"))
                .hasStackTraceContaining("403");
        try (var peer = service.legacyAs("admin", "/admins")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name"))
                    .containsExactly("search", "edit");
        }
        try (var peer = new HttpPeer(service.port(), "/mcp/admins")) {
            var refused =
                    peer.with("Authorization", "Bearer tok-agent")
                            .modern("tools/list", null)
                            .post(LIST);
            assertThat(HttpPeer.json(refused.body()).at("/error/code").asInt())
                    .as(refused.body())
                    .isEqualTo(403);
        }
    }

    @Test
    void givesItsOwnInstructions() throws Exception {
        try (var peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%s/mcp/support".formatted(service.port()),
                        Map.of("Authorization", "Bearer tok-admin"),
                        "mcp")) {
            assertThat(peer.initialize("2025-11-25", "{}").at("/result/instructions").asString())
                    .isEqualTo("Answer tickets.");
        }
    }

    @Test
    void namesARuleThatMatchesNothing() {
        await().untilAsserted(() ->
                assertThat(service.endpoint("support").warnings())
                        .containsExactly(
                                "springline.endpoints.support.tools.annotate.gone matches nothing"));
    }
}
