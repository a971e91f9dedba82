package io.springline.relay;

import static io.springline.relay.ScriptedServer.ID;
import static io.springline.relay.ScriptedServer.LINE;
import static io.springline.relay.ScriptedServer.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers of upstreams that break the rules, over stdio and over HTTP. */
class RelaySloppyAnswersIT {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What a tool answers, in full or as a result, and what a part of the client's answer is. */
    private record Case(String answer, String pointer, String expected) {}

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    private static void answers(String name, String answer, String pointer, String expected) {
        CASES.put(name, new Case(answer, pointer, expected));
    }

    private static void gives(String name, String result, String pointer, String expected) {
        answers(
                name,
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"result\":%s}".formatted(result),
                pointer,
                expected);
    }

    static {
        String content = "\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}";
        String text = "/result/content/0/text";
        String error = "/error/message";
        answers("no_version", "{\"id\":@ID," + content + "}", text, "ok");
        answers("old_version", "{\"jsonrpc\":\"1.0\",\"id\":@ID," + content + "}", text, "ok");
        answers(
                "null_error",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":null," + content + "}",
                text,
                "ok");
        answers(
                "null_result",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"result\":null,\"error\":{\"code\":-5,\"message\":\"no\",\"data\":null}}",
                error,
                "no");
        answers(
                "neither",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID}",
                error,
                "neither a result nor an error");
        answers(
                "nulls",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":null}",
                error,
                "neither a result nor an error");
        answers(
                "both",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":{\"code\":1,\"message\":\"m\"},"
                        + content
                        + "}",
                error,
                "both a result and an error");
        answers(
                "twice",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"result\":{\"content\":[],\"content\":[]}}",
                error,
                "a duplicate key");
        answers(
                "nan",
                "{\"jsonrpc\":\"2.0\",\"result\":{\"content\":[],\"x\":NaN},\"id\":@ID}",
                error,
                "not JSON");
        answers(
                "infinity",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"result\":{\"content\":[],\"x\":-Infinity}}",
                error,
                "not JSON");
        answers(
                "error_string",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":\"Disk full\"}",
                error,
                "Disk full");
        answers("error_number", "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":500}", error, "500");
        answers(
                "error_empty",
                "{\"jsonrpc\":\"2.0\",\"id\":@ID,\"error\":{}}",
                error,
                "without a message");
        answers("bom", "\uFEFF{\"jsonrpc\":\"2.0\",\"id\":@ID," + content + "}", text, "ok");
        gives("content_string", "{\"content\":\"Hello\"}", text, "Hello");
        gives("content_object", "{\"content\":{\"type\":\"text\",\"text\":\"x\"}}", text, "x");
        gives(
                "content_untyped",
                "{\"content\":[{\"text\":\"x\"}]}",
                "/result/content/0/type",
                "text");
        gives("content_strings", "{\"content\":[\"a\",7,null]}", "/result/content/1/text", "7");
        gives("content_null", "{\"content\":null}", "/result/content", "[]");
        gives(
                "content_unknown",
                "{\"content\":[{\"type\":\"video\",\"x\":{\"y\":null}}]}",
                "/result/content/0",
                "{\"type\":\"video\",\"x\":{\"y\":null}}");
        gives("string", "\"Hello\"", text, "Hello");
        gives("nothing", "null", "/result/content", "[]");
        gives("structured_alone", "{\"structuredContent\":{\"a\":1}}", text, "{\"a\":1}");
        gives("structured_array", "{\"content\":[],\"structuredContent\":[1,2]}", text, "[1,2]");
        gives(
                "structured_said",
                "{\"content\":[{\"type\":\"text\",\"text\":\"[1, 2]\"}],\"structuredContent\":[1,2]}",
                "/result/content",
                "[{\"type\":\"text\",\"text\":\"[1, 2]\"}]");
        gives("is_error", "{\"content\":\"x\",\"isError\":\"true\"}", "/result/isError", "true");
        gives("tool_result", "{\"toolResult\":\"old\"}", text, "old");
    }

    private static ConfigurableApplicationContext service;
    private static TestHttpUpstream web;

    @BeforeAll
    static void start() throws Exception {
        web = new TestHttpUpstream(RelaySloppyAnswersIT::answerOverHttp);
        var arguments = new ArrayList<String>();
        arguments.add("--server.port=0");
        arguments.addAll(stdio().upstream("stdio"));
        arguments.add("--springline.relay.upstreams.web.url=" + web.url());
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        await().until(() ->
                service.getBean(Upstreams.class).all().stream()
                        .allMatch(each -> each.tools() > 0 && each.prompts() > 0));
    }

    @AfterAll
    static void stop() {
        service.close();
        web.close();
    }

    private static final String PROMPTS =
            "{\"prompts\":[{\"name\":\"p\",\"arguments\":[\"x\",{\"name\":\"y\",\"title\":\"t\"}]},{\"name\":\"words\"},{\"name\":\"many\"}]}";

    private static ScriptedServer stdio() {
        ScriptedServer server =
                ScriptedServer.legacy()
                        .tools(
                                Stream.concat(
                                                CASES.keySet().stream(),
                                                Stream.of("echo_params", "noise"))
                                        .toArray(String[]::new))
                        .result("\"prompts/list\"", PROMPTS)
                        .result("\"resources/list\"", "{\"resources\":[]}");
        CASES.forEach((name, each) -> server.on(tool(name), each.answer()));
        server.result(tool("echo_params"), "{\"content\":\"" + LINE + "\"}");
        server.on(
                tool("noise"),
                "Listening on port 3000",
                "",
                "\r",
                "{\"level\":\"info\",\"msg\":\"started\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":" + ID + ",\"result\":{\"content\":\"heard\"}}\r");
        server.result("\"name\":\"words\"", "{\"messages\":[\"Hello\",{\"content\":\"Bye\"}]}");
        server.result(
                "\"name\":\"many\"",
                "{\"messages\":{\"role\":\"assistant\",\"content\":[\"a\",{\"type\":\"text\",\"text\":\"b\"}]}}");
        server.result("x://empty", "{\"contents\":[]}");
        server.result("x://text", "{\"contents\":\"Hello\"}");
        server.result("x://object", "{\"contents\":{\"text\":\"Hello\"}}");
        return server;
    }

    private static void answerOverHttp(TestHttpUpstream.Asked asked) throws Exception {
        String name = asked.body().at("/params/name").asString("");
        switch (asked.method()) {
            case "initialize" ->
                    asked.result(
                            "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{},\"prompts\":{}},\"serverInfo\":{\"name\":\"t\",\"version\":\"1\"}}");
            case "tools/list" ->
                    asked.result(
                            "{\"tools\":[%s]}"
                                    .formatted(
                                            String.join(
                                                    ",",
                                                    CASES.keySet().stream()
                                                            .map(each ->
                                                                    "{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}"
                                                                            .formatted(each))
                                                            .toList())));
            case "prompts/list" -> asked.result(PROMPTS);
            case "tools/call" ->
                    asked.json(
                            200,
                            CASES.get(name)
                                    .answer()
                                    .replace(ID, asked.body().get("id").toString()));
            default -> asked.status(asked.verb().equals("POST") ? 202 : 405);
        }
    }

    private static SocketPeer client(String endpoint, String version) throws InterruptedException {
        String port = service.getEnvironment().getProperty("local.server.port");
        SocketPeer peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp/" + endpoint);
        peer.initialize(version, "{}");
        return peer;
    }

    private static JsonNode ask(SocketPeer peer, String method, String params)
            throws InterruptedException {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params));
    }

    static List<Arguments> cases() {
        return Stream.of("stdio", "web")
                .flatMap(upstream ->
                        CASES.keySet().stream().map(name -> Arguments.of(upstream, name)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void servesWhatIsUnderstoodAndFailsTheRestAtOnce(String upstream, String name)
            throws Exception {
        Case expected = CASES.get(name);
        try (var peer = client(upstream, "2025-11-25")) {
            JsonNode answer = ask(peer, "tools/call", "{\"name\":\"" + name + "\"}");
            JsonNode part = answer.at(expected.pointer());
            assertThat(part.isString() ? part.stringValue() : part.toString())
                    .as(answer.toString())
                    .contains(expected.expected());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stdio", "web"})
    void showsTheOperatorWhatWasWrong(String upstream) throws Exception {
        try (var peer = client(upstream, "2025-11-25")) {
            ask(peer, "tools/call", "{\"name\":\"twice\"}");
        }
        assertThat(view(upstream).trouble())
                .contains("'" + upstream + "'", "invalid response", "a duplicate key");
    }

    @Test
    void passesOverNoiseOnStandardOutputAndShowsIt() throws Exception {
        try (var peer = client("stdio", "2025-11-25")) {
            assertThat(
                            ask(peer, "tools/call", "{\"name\":\"noise\"}")
                                    .at("/result/content/0/text")
                                    .asString())
                    .isEqualTo("heard");
        }
        assertThat(view("stdio").stderr())
                .contains("Listening on port 3000", "{\"level\":\"info\",\"msg\":\"started\"}");
    }

    @Test
    void passesMembersOfRequestsThatNobodyKnows() throws Exception {
        try (var peer = client("stdio", "2025-11-25")) {
            String seen =
                    ask(
                                    peer,
                                    "tools/call",
                                    "{\"name\":\"echo_params\",\"arguments\":{\"a\":null},\"x-param\":{\"b\":[null,1.10]},\"_meta\":{\"example.com/c\":true}}")
                            .at("/result/content/0/text")
                            .asString();
            assertThat(seen)
                    .contains(
                            "'arguments':{'a':null}",
                            "'x-param':{'b':[null,1.10]}",
                            "'example.com/c':true");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
    void servesPromptsOfOddShape(String version) throws Exception {
        try (var peer = client("stdio", version)) {
            assertThat(ask(peer, "prompts/list", "{}").at("/result/prompts")).hasSize(3);
            assertThat(
                            ask(
                                            peer,
                                            "prompts/get",
                                            "{\"name\":\"words\",\"arguments\":{\"x\":null}}")
                                    .at("/result/messages"))
                    .isEqualTo(
                            JSON.readTree(
                                    "[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"Hello\"}},{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"Bye\"}}]"));
            assertThat(ask(peer, "prompts/get", "{\"name\":\"many\"}").at("/result/messages"))
                    .isEqualTo(
                            JSON.readTree(
                                    "[{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"a\"}},{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"b\"}}]"));
        }
    }

    @Test
    void servesContentsOfOddShape() throws Exception {
        try (var peer = client("stdio", "2025-03-26")) {
            assertThat(
                            ask(peer, "resources/read", "{\"uri\":\"x://empty\"}")
                                    .at("/result/contents"))
                    .isEqualTo(JSON.readTree("[]"));
            for (String uri : List.of("x://text", "x://object")) {
                assertThat(
                                ask(peer, "resources/read", "{\"uri\":\"%s\"}".formatted(uri))
                                        .at("/result/contents"))
                        .isEqualTo(
                                JSON.readTree(
                                        "[{\"uri\":\"%s\",\"text\":\"Hello\"}]".formatted(uri)));
            }
        }
    }

    private static UpstreamView view(String name) {
        return service.getBean(Upstreams.class).all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
