package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Acceptance test 19 of Streamable HTTP: clients that others wrote, over HTTP, against the jar. */
@Tag("interop")
@Timeout(300)
class HttpClientsIT {

    private static RunningJar server;

    @BeforeAll
    static void start() throws IOException {
        server = new RunningJar("--spring.profiles.active=conformance").ready();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String origin() {
        return "http://127.0.0.1:" + server.port();
    }

    @Test
    void typeScriptSdkV1() throws Exception {
        assertThat(NodeProject.installed("typescript-v1").node("client.mjs", origin() + "/mcp"))
                .startsWith("ok: springline");
    }

    @ParameterizedTest
    @CsvSource({"auto, 2026-07-28", "modern, 2026-07-28", "legacy, 2025-11-25"})
    void typeScriptSdkV2(String mode, String revision) throws Exception {
        assertThat(
                        NodeProject.installed("typescript-v2")
                                .node("client.mjs", mode, revision, origin() + "/mcp"))
                .endsWith("ok\n");
    }

    @Test
    void mcpJavaSdk() {
        RealClientsIT.converse(
                HttpClientStreamableHttpTransport.builder(origin()).endpoint("/mcp").build());
    }
}
