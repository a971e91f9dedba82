package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.config.StdioCommand;
import io.springline.testing.Http;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A config-file with good and bad entries, as operators and clients see it. */
class ConfigFileIT {

    private static ConfigurableApplicationContext service;
    private static Path file;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        StdioCommand server = StdioServer.command();
        var json = JsonMapper.shared();
        String good =
                "{\"command\":%s,\"args\":%s}"
                        .formatted(
                                json.writeValueAsString(server.command()),
                                json.writeValueAsString(server.args()));
        file =
                Files.writeString(
                        folder.resolve("mcp.json"),
                        """
                        {"mcpServers":{
                          "My Notes Server": %s, // served
                          "no token":{"url":"http://127.0.0.1:9/","headers":{"Authorization":"Bearer ${NOT_SET_ANYWHERE}"}},
                          "inject":{"url":"http://127.0.0.1:9/","headers":{"X":"s3cret\\nB: c"}},
                          "user":{"url":"http://ada:s3cret@127.0.0.1:9/","headers":{"Accept":"x"}},
                          "empty":{},
                        }}
                        """
                                .formatted(good));
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--springline.reload.interval=200ms",
                                "--springline.relay.config-file=" + file);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static JsonNode actuator(String endpoint) throws Exception {
        int port = Integer.parseInt(service.getEnvironment().getProperty("local.server.port"));
        return JsonMapper.shared().readTree(Http.send(port, "GET", "/actuator/" + endpoint).body());
    }

    @Test
    void servesTheGoodEntryUnderANameThatAPathCanCarry() throws Exception {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> actuator("upstreams/My-Notes-Server").path("tools").asInt() > 0);
        String port = service.getEnvironment().getProperty("local.server.port");
        try (var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp/My-Notes-Server")) {
            peer.initialize("2025-11-25", "{}");
            assertThat(
                            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                                    .at("/result/tools"))
                    .isNotEmpty();
        }
    }

    @Test
    void showsWhatIsLeftOutAndWhy() throws Exception {
        JsonNode upstreams = actuator("upstreams").path("upstreams");
        assertThat(
                        upstreams
                                .valueStream()
                                .filter(each -> each.path("state").asString("").equals("left-out")))
                .extracting(each -> each.path("name").asString(""))
                .containsExactly("no token", "inject", "empty");
        assertThat(upstreams.toString())
                .contains("mcp.json, mcpServers.inject: headers.X: the value contains a line break")
                .contains("${NOT_SET_ANYWHERE} has no value")
                .contains("mcp.json, mcpServers.empty: has neither command nor url")
                .doesNotContain("s3cret", "ada");
        assertThat(actuator("health").at("/components/upstreams/details/empty/state").asString(""))
                .isEqualTo("left-out");
    }

    @Test
    void aReloadCostsOnlyTheEntryThatBecameBad() throws Exception {
        Duration patience = Duration.ofSeconds(60);
        await().atMost(patience)
                .until(() -> actuator("upstreams/My-Notes-Server").path("tools").asInt() > 0);
        String before = Files.readString(file);
        try {
            replace(before.replace("\"empty\":{}", "\"empty\":{\"command\":7},\"late\":null"));
            await().atMost(patience)
                    .until(() ->
                            actuator("upstreams")
                                    .toString()
                                    .contains("mcpServers.late: must be an object"));
            assertThat(actuator("upstreams").toString())
                    .contains("mcpServers.empty: command: must be a string");
            replace("{\"mcpServers\":");
            await().atMost(patience)
                    .until(() -> actuator("reload").toString().contains("is not JSON"));
            assertThat(actuator("upstreams").toString())
                    .contains("mcpServers.late: must be an object");
        } finally {
            replace(before);
        }
        await().atMost(patience)
                .until(() ->
                        actuator("upstreams").toString().contains("has neither command nor url"));
        JsonNode good = actuator("upstreams/My-Notes-Server");
        assertThat(good.path("state").asString("")).isEqualTo("up");
        assertThat(good.path("restarts").asInt()).isZero();
    }

    /** In one step, so that no reload reads half of it. */
    private static void replace(String text) throws IOException {
        Path next = Files.writeString(file.resolveSibling("next.json"), text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
