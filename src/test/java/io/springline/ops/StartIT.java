package io.springline.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.testing.Http;
import io.springline.testing.SocketPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a start says, in text and as JSON, and what {@code /} answers. */
@ExtendWith(OutputCaptureExtension.class)
class StartIT {

    @TempDir Path folder;

    /** Boot sets logging up once for all services that run in a JVM: others may still run. */
    @BeforeEach
    void setLoggingUpAgain() {
        LoggingSystem.get(getClass().getClassLoader()).cleanUp();
    }

    /** Boot leaves it to the JVM's next service. */
    @AfterEach
    void logAsText() {
        System.clearProperty("CONSOLE_LOG_STRUCTURED_FORMAT");
    }

    private ConfigurableApplicationContext start(String... more) throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("mcp.json"),
                        "{\"mcpServers\":{\"bad\":{\"url\":\"ftp://h/\"}}}");
        var arguments = new ArrayList<>(List.of(more));
        arguments.add("--server.port=0");
        arguments.add("--springline.relay.config-file=" + file);
        return new SpringApplicationBuilder(SpringlineApplication.class)
                .run(arguments.toArray(String[]::new));
    }

    private static int port(ConfigurableApplicationContext service) {
        return service.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    @Test
    void endsWithWhereItIsAndWhoMayConnect(CapturedOutput output) throws Exception {
        try (var service = start()) {
            int port = port(service);
            List<String> lines =
                    output.getOut().lines().filter(each -> each.contains(" INFO ")).toList();
            assertThat(lines).as("no chatter").allMatch(each -> each.contains("StartSummary"));
            assertThat(String.join("\n", lines))
                    .contains(
                            "MCP endpoint: ws://localhost:%d/mcp, and http://localhost:%<d/mcp for Streamable HTTP\n"
                                    .formatted(port))
                    .contains("Console: http://localhost:%d/console/\n".formatted(port))
                    .contains("Who may connect: programs on this machine, without credentials")
                    .doesNotContain("Host names")
                    .contains("TLS: off\n", "Redis: off")
                    .contains(
                            "Upstreams: 0 of 1 up; 'bad' is left-out: ",
                            "url: must be an absolute");
            assertThat(lines.getLast()).containsPattern("Springline \\d+\\.\\S+ is ready after ");
        }
    }

    @Test
    void saysWhichHostNamesAreAcceptedIfOtherMachinesMayConnect(CapturedOutput output)
            throws Exception {
        try (var _ =
                start(
                        "--server.address=0.0.0.0",
                        "--springline.websocket.allowed-hosts=mcp.example.com",
                        "--springline.auth.tokens[0].name=ada",
                        "--springline.auth.tokens[0].hash=sha256:" + "ab".repeat(32))) {
            assertThat(output.getOut())
                    .contains(
                            "Who may connect: everyone who can reach this machine, with a bearer token\n")
                    .contains("Host names that clients may use: mcp.example.com (");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void warnsOfRedisWithoutStateKeys(boolean withKeys, CapturedOutput output) throws Exception {
        String keys = "--springline.requests.state-keys=" + (withKeys ? "k".repeat(32) : "");
        try (var _ =
                start(
                        keys,
                        "--springline.cluster.redis.enabled=true",
                        "--spring.data.redis.url=redis://127.0.0.1:1")) {
            assertThat(output.getOut().contains("springline.requests.state-keys is empty"))
                    .isNotEqualTo(withKeys);
        }
    }

    @Test
    void logsTheFactsOfAnEventBehindItsMessage(CapturedOutput output) throws Exception {
        try (var _ = start()) {
            assertThat(output.getOut().lines())
                    .filteredOn(each -> each.contains("upstream is left out"))
                    .singleElement()
                    .asString()
                    .contains("WARN")
                    .contains("upstream=\"bad\"")
                    .contains(
                            "mcp.json, mcpServers.bad: url: must be an absolute http or https URL");
        }
    }

    @Test
    void logsTheFactsOfAnEventAsMembersOfJson(CapturedOutput output) throws Exception {
        try (var _ = start("--logging.structured.format.console=ecs")) {
            JsonNode event =
                    output.getOut()
                            .lines()
                            // other tests of this JVM log as text
                            .filter(each -> each.startsWith("{"))
                            .filter(each -> each.contains("upstream is left out"))
                            .map(each -> JsonMapper.shared().readTree(each))
                            .findFirst()
                            .orElseThrow();
            assertThat(event.path("upstream").asString("")).isEqualTo("bad");
            assertThat(event.path("reason").asString("")).contains("mcpServers.bad");
            assertThat(event.path("message").asString("")).isEqualTo("upstream is left out");
        }
    }

    @Test
    void answersTheRootWithWhereThingsAre() throws Exception {
        try (var service = start()) {
            int port = port(service);
            assertThat(Http.send(port, "GET", "/").body())
                    .contains("/mcp ", "/console ", "/actuator/health")
                    .contains("connect to it by WebSocket or Streamable HTTP");
            var browser = Http.send(port, "GET", "/", "Accept", "text/html,*/*;q=0.8");
            assertThat(browser.statusCode()).isEqualTo(307);
            assertThat(browser.headers().firstValue("Location").orElse("")).endsWith("console/");
        }
    }

    @Test
    void writesTheAuditLogToAFileOfItsOwn(CapturedOutput output) throws Exception {
        Path audit = folder.resolve("audit.json");
        try (var service = start("--springline.audit.file=" + audit);
                var peer = SocketPeer.connect("ws://127.0.0.1:" + port(service) + "/mcp")) {
            peer.initialize("2025-11-25", "{}");
        }
        assertThat(Files.readString(audit)).contains("\"event\":\"connection.opened\"");
        assertThat(output.getOut()).doesNotContain("connection.opened");
    }
}
