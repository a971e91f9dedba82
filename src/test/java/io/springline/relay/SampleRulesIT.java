package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** The samples with access rules in the documentation, run against what they claim to protect. */
class SampleRulesIT {

    private static final Path PAGE = Path.of("docs/security.md");
    private static final Pattern YAML = Pattern.compile("(?s)```yaml\n(.*?)```");
    private static final Pattern RULES = Pattern.compile("(?m)^ *rules: ");
    private static final List<String> TOOLS = List.of("read_file", "write_file", "move_file");

    @TempDir Path folder;

    private static List<String> samples(Path document) throws IOException {
        return YAML.matcher(Files.readString(document))
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains("springline:") && RULES.matcher(block).find())
                .toList();
    }

    /** A sample that is added needs its case below. */
    @Test
    void knowsEachSampleOfTheDocumentation() throws IOException {
        var found = new LinkedHashMap<String, Integer>();
        try (Stream<Path> documents =
                Stream.of(Path.of("."), Path.of("docs"), Path.of("helm/springline"))
                        .flatMap(SampleRulesIT::markdown)) {
            for (Path document : documents.toList()) {
                if (!samples(document).isEmpty()) {
                    found.put(document.normalize().toString(), samples(document).size());
                }
            }
        }
        assertThat(found).isEqualTo(Map.of("docs/security.md", 1));
    }

    private static Stream<Path> markdown(Path folder) {
        try {
            return Files.list(folder).filter(each -> each.toString().endsWith(".md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Under the upstream's own names, and where the upstream is configured with its prefix. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSampleProtectsTheFilesOfItsUpstream(boolean prefix) throws Exception {
        try (var files = new TestHttpUpstream(SampleRulesIT::answer);
                var service = start(samples(PAGE).getFirst(), files, prefix)) {
            String before = prefix ? "files_" : "";
            may(service, "", "reader", List.of(before + "read_file", "echo"));
            may(service, "/files", "reader", List.of(before + "read_file"));
            List<String> all = TOOLS.stream().map(name -> before + name).toList();
            for (String writer : List.of("files:write", "admin")) {
                may(service, "", writer, Stream.concat(all.stream(), Stream.of("echo")).toList());
                may(service, "/files", writer, all);
            }
            try (var reader = connect(service, "", "reader")) {
                assertThat(
                                ask(reader, "resources/read", "\"uri\":\"file:///etc/passwd\"")
                                        .at("/error/code")
                                        .asInt())
                        .isEqualTo(403);
            }
        }
    }

    /**
     * The caller sees these tools and no others, and may call these and no others, also by the name
     * that a tool has at its upstream.
     */
    private static void may(
            ConfigurableApplicationContext service, String endpoint, String who, List<String> tools)
            throws Exception {
        try (var peer = connect(service, endpoint, who)) {
            var shown = new ArrayList<String>();
            ask(peer, "tools/list", "")
                    .at("/result/tools")
                    .forEach(each -> shown.add(each.path("name").asString()));
            assertThat(shown)
                    .as(who + " at " + endpoint)
                    .containsExactlyInAnyOrderElementsOf(tools);
            var asked = new ArrayList<>(tools);
            TOOLS.forEach(name -> asked.addAll(List.of(name, "files_" + name)));
            asked.addAll(List.of("echo", "system_info", "no_such"));
            for (String name : asked) {
                JsonNode answer =
                        ask(
                                peer,
                                "tools/call",
                                "\"name\":\"%s\",\"arguments\":{\"message\":\"m\"}"
                                        .formatted(name));
                boolean did = answer.has("result");
                boolean may = tools.contains(name) || tools.contains("files_" + name);
                assertThat(did).as(who + " " + name + " " + answer).isEqualTo(may);
            }
        }
    }

    private ConfigurableApplicationContext start(
            String sample, TestHttpUpstream files, boolean prefix) throws Exception {
        Path config = Files.writeString(folder.resolve("sample.yml"), sample);
        var arguments = new ArrayList<String>();
        arguments.add("--spring.config.additional-location=file:" + config);
        arguments.add("--server.port=0");
        arguments.add("--springline.websocket.allowed-hosts=127.0.0.1");
        arguments.add("--springline.relay.upstreams.files.url=" + files.url());
        arguments.add("--springline.relay.upstreams.files.prefix=" + prefix);
        int i = 0;
        for (String role : List.of("reader", "files:write", "admin")) {
            String token = "--springline.auth.tokens[%d].".formatted(i++);
            arguments.add(token + "name=" + role);
            arguments.add(token + "roles=" + role);
            arguments.add(token + "hash=sha256:" + sha256(role));
        }
        var service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        await().until(() -> service.getBean(Upstreams.class).all().getFirst().tools() == 3);
        return service;
    }

    private static String sha256(String token) throws Exception {
        return HexFormat.of()
                .formatHex(
                        MessageDigest.getInstance("SHA-256")
                                .digest(token.getBytes(StandardCharsets.UTF_8)));
    }

    private static SocketPeer connect(
            ConfigurableApplicationContext service, String endpoint, String who) throws Exception {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%s/mcp%s"
                                .formatted(
                                        service.getEnvironment().getProperty("local.server.port"),
                                        endpoint),
                        Map.of("Authorization", "Bearer " + who),
                        "mcp");
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    private static JsonNode ask(McpPeer peer, String method, String params) throws Exception {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s}}"
                        .formatted(method, params));
    }

    private static void answer(TestHttpUpstream.Asked asked) throws IOException {
        if (asked.tryOpen("{\"tools\":{}}")) {
            return;
        }
        switch (asked.method()) {
            case "tools/list" ->
                    asked.result(
                            TOOLS.stream()
                                    .map(
                                            "{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}"
                                                    ::formatted)
                                    .collect(Collectors.joining(",", "{\"tools\":[", "]}")));
            case "tools/call" ->
                    asked.result("{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}");
            default -> asked.status(202);
        }
    }
}
