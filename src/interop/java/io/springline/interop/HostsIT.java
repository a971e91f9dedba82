package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/**
 * AI applications that people use, set up by the commands of {@code docs/clients.md}, against the
 * packaged jar. Each one lists the tools and calls {@code echo}. The models are a {@link
 * ModelStandIn}; no account is needed. A host that npm cannot install is skipped.
 */
@Tag("interop")
@Timeout(600)
class HostsIT {

    private static final String MESSAGE = "from a real host";
    private static final String ECHO = "Echo: " + MESSAGE;

    private static RunningJar server;
    private static ModelStandIn model;
    private static NodeProject hosts;

    @TempDir Path temporary;

    @BeforeAll
    static void start() throws Exception {
        try {
            hosts = NodeProject.installed("hosts");
        } catch (AssertionError e) {
            throw new TestAbortedException("skipped: npm cannot install the hosts", e);
        }
        model = new ModelStandIn("echo", Map.of("message", MESSAGE));
        server = new RunningJar("--spring.profiles.active=conformance").ready();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
        if (model != null) {
            model.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"claude mcp add-json", "claude mcp add --transport http"})
    void claudeCode(String setup) throws Exception {
        HostHome home =
                home("claude")
                        .set("ANTHROPIC_BASE_URL", model.origin())
                        .set("ANTHROPIC_API_KEY", "none")
                        .set("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
                        .set("ENABLE_TOOL_SEARCH", "false");
        home.run(ClientsPage.command(setup, server.port()));
        assertThat(home.run("claude mcp list")).contains("springline", "Connected");
        assertThat(
                        home.run(
                                "claude -p 'call echo' --allowedTools mcp__springline__echo"
                                        + " </dev/null"))
                .contains(ECHO);
    }

    @Test
    void codex() throws Exception {
        HostHome home = home("codex");
        Files.writeString(
                Files.createDirectory(home.folder().resolve(".codex")).resolve("config.toml"),
                """
                model = "stand-in"
                model_provider = "stand-in"
                approval_policy = "never"
                sandbox_mode = "danger-full-access"

                [model_providers.stand-in]
                name = "stand-in"
                base_url = "%s/v1"
                wire_api = "responses"
                """
                        .formatted(model.origin()));
        home.run(ClientsPage.command("codex mcp add", server.port()));
        assertThat(home.run("codex exec --skip-git-repo-check 'call echo' </dev/null"))
                .contains(ECHO);
    }

    /** It connects and lists; for a call it would need a model of its own API. */
    @Test
    void geminiCli() throws Exception {
        HostHome home =
                home("gemini")
                        .set("GEMINI_API_KEY", "none")
                        .set("GEMINI_CLI_TRUST_WORKSPACE", "true");
        home.run(ClientsPage.command("gemini mcp add", server.port()));
        assertThat(home.run("gemini mcp list")).containsPattern("springline.* - Connected");
    }

    @Test
    void inspector() throws Exception {
        HostHome home = home("mcp-inspector");
        String list = ClientsPage.command("npx @modelcontextprotocol/inspector", server.port());
        assertThat(home.run(list)).contains("\"name\": \"echo\"");
        String call =
                list.replace(
                        "tools/list",
                        "tools/call --tool-name echo --tool-arg 'message=" + MESSAGE + "'");
        assertThat(home.run(call)).contains(ECHO);
    }

    /** A host that only starts processes would start it. */
    @Test
    void mcpRemote() throws Exception {
        HostHome home = home("mcp-remote");
        Process process =
                home.start(ClientsPage.command("npx mcp-remote", server.port()), "mcp-remote");
        try (BufferedReader answers = process.inputReader();
                var requests = process.outputWriter()) {
            requests.write(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",\
                    "capabilities":{},"clientInfo":{"name":"host","version":"1"}}}
                    """);
            requests.flush();
            assertThat(answers.readLine()).contains("\"id\":1", "springline");
            requests.write(
                    """
                    {"jsonrpc":"2.0","method":"notifications/initialized"}
                    {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo",\
                    "arguments":{"message":"%s"}}}
                    """
                            .formatted(MESSAGE));
            requests.flush();
            String answer = answers.readLine();
            System.out.printf("mcp-remote: %s%n", answer);
            assertThat(answer).contains("\"id\":2", ECHO);
        } finally {
            HostHome.end(process);
        }
    }

    /** Skips the test if the host's command is not there. */
    private HostHome home(String command) throws Exception {
        assumeTrue(
                Files.isExecutable(hosts.binary(command)),
                "skipped: npm did not install " + command + " on this system");
        return new HostHome(hosts, temporary);
    }
}
