package io.springline.relay;

import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.HttpPeer;
import io.springline.testing.SocketPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The example with three roles in docs/endpoints.md, and approval at its endpoints. */
@Timeout(240)
class EndpointsSampleIT {

    private static final Path PAGE = Path.of("docs/endpoints.md");

    @TempDir static Path folder;

    private static final List<String> CALLED = new CopyOnWriteArrayList<>();
    private static String section;
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        String page = Files.readString(PAGE);
        section = page.substring(page.indexOf("## Example: three roles"));
        section = section.substring(0, section.indexOf("\n## ", 1));
        Matcher sample = Pattern.compile("(?s)```yaml\n(.*?)```").matcher(section);
        assertThat(sample.find()).isTrue();
        Files.writeString(folder.resolve("application.yml"), sample.group(1));
        service =
                new RelayedService(
                        Map.of(
                                "docs", asked -> answer(asked, List.of("search", "edit")),
                                "tickets", asked -> answer(asked, List.of("reply", "delete"))),
                        "--spring.config.additional-location=file:" + folder + "/");
        service.awaitState("docs", "up");
        service.awaitState("tickets", "up");
        await().until(() ->
                service.endpoint("lead").features().stream()
                        .anyMatch(each -> "remove-ticket".equals(each.shownAs())));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @BeforeEach
    void forget() {
        CALLED.clear();
    }

    private static void answer(TestHttpUpstream.Asked asked, List<String> tools) throws Exception {
        if (!asked.verb().equals("POST")) {
            asked.status(405);
            return;
        }
        switch (asked.method()) {
            case "initialize" ->
                    asked.result(
                            """
                            {"protocolVersion":"2025-06-18","serverInfo":{"name":"t","version":"1"},\
                            "capabilities":{"tools":{}}}\
                            """);
            case "tools/list" ->
                    asked.result(
                            tools.stream()
                                    .map(
                                            "{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}"
                                                    ::formatted)
                                    .toList()
                                    .toString()
                                    .transform("{\"tools\":%s}"::formatted));
            case "tools/call" -> {
                CALLED.add(asked.body().at("/params/name").asString());
                asked.result("{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}");
            }
            default -> asked.status(404);
        }
    }

    private static HttpPeer http(String token, String path) {
        return new HttpPeer(service.port(), path).with("Authorization", "Bearer " + token);
    }

    private static SocketPeer connect(String token, String path, String capabilities)
            throws Exception {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d%s".formatted(service.port(), path),
                        Map.of("Authorization", "Bearer " + token),
                        "mcp");
        peer.initialize("2025-11-25", capabilities);
        return peer;
    }

    @Test
    void showsEachRoleWhatTheTableOfThePageSays() throws Exception {
        List<List<String>> rows =
                section.lines()
                        .filter(line -> line.startsWith("| ") && line.contains("`"))
                        .map(line -> List.of(line.replace("`", "").split("\\|")))
                        .map(cells -> cells.stream().map(String::strip).skip(1).toList())
                        .toList();
        List<String> paths = rows.getFirst();
        var checked = new ArrayList<String>();
        for (List<String> row : rows.subList(1, rows.size())) {
            for (int i = 1; i < paths.size(); i++) {
                assertThat(shown(row.getFirst(), paths.get(i)))
                        .as("%s at %s", row.getFirst(), paths.get(i))
                        .isEqualTo(row.get(i));
                checked.add(paths.get(i));
            }
        }
        assertThat(checked).hasSize(9);
    }

    private static String shown(String token, String path) throws Exception {
        try (var http = http(token, path)) {
            var answer =
                    http.modern("tools/list", null)
                            .post(
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                                            .formatted(HttpPeer.MODERN));
            if (HttpPeer.json(answer.body()).at("/error/code").asInt() == 403) {
                return "403";
            }
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
        try (var peer = connect(token, path, "{}")) {
            return names(list(peer, "tools/list", "tools"), "name").stream()
                    .sorted()
                    .collect(Collectors.joining(", "));
        }
    }

    @Test
    void limitsTheCallsAtOneEndpointOnly() throws Exception {
        try (var read = http("ada-token", "/mcp/read").modern("tools/call", "find");
                var support = http("ben-token", "/mcp/support").modern("tools/call", "find")) {
            String refused = "";
            for (int i = 0; i < 600 && !refused.contains("retryAfterMs"); i++) {
                refused = read.post(HttpPeer.modernCall(i, "find", "{}")).body();
            }
            assertThat(refused).contains("springline.call-limits");
            assertThat(CALLED.size()).isGreaterThanOrEqualTo(60);
            assertThat(support.post(HttpPeer.modernCall(1, "find", "{}")).body()).contains("done");
        }
    }

    /** A client that cannot be asked never reaches a tool that needs an approval. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/mcp/lead remove-ticket",
                "/mcp/lead delete",
                "/mcp/lead tickets_delete",
                "/mcp/support delete",
                "/mcp/support tickets_delete",
                "/mcp/support remove-ticket",
                "/mcp/tickets delete",
                "/mcp delete"
            })
    void runsNoCallWithoutItsApproval(String pathAndName) throws Exception {
        String path = pathAndName.split(" ")[0];
        String name = pathAndName.split(" ")[1];
        String call =
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":{}}}";
        try (var http = http("eve-token", path).modern("tools/call", name);
                var socket = connect("eve-token", path, "{}")) {
            assertRefused(HttpPeer.json(http.post(HttpPeer.modernCall(1, name, "{}")).body()));
            socket.send(call.formatted(8, name));
            assertRefused(socket.receive());
        }
        assertThat(CALLED).isEmpty();
    }

    private static void assertRefused(JsonNode answer) {
        assertThat(answer.has("error") || answer.at("/result/isError").asBoolean(false))
                .as("%s", answer)
                .isTrue();
    }

    @Test
    void runsTheRenamedToolOnceForOneApproval() throws Exception {
        try (var peer = connect("eve-token", "/mcp/lead", "{\"elicitation\":{}}")) {
            for (int i = 1; i <= 2; i++) {
                peer.send(
                        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"remove-ticket\",\"arguments\":{}}}"
                                .formatted(i));
                JsonNode question = peer.receive();
                assertThat(question.path("method").asString("")).isEqualTo("elicitation/create");
                assertThat(question.at("/params/message").asString(""))
                        .contains("remove-ticket", "tickets");
                assertThat(CALLED).hasSize(i - 1);
                peer.send(
                        "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"accept\",\"content\":{\"approve\":true}}}"
                                .formatted(question.get("id")));
                assertThat(peer.receive().at("/result/content/0/text").asString(""))
                        .isEqualTo("done");
            }
            assertThat(CALLED).containsExactly("delete", "delete");
        }
    }
}
