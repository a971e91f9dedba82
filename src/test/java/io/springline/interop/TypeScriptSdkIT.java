package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The official TypeScript SDK v1 over its own WebSocketClientTransport, against the jar. */
@Tag("node")
class TypeScriptSdkIT {

    @Test
    void listsAndCallsToolsAgainstTheRunningJar() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        try (var server = new RunningJar().ready()) {
            assertThat(project.node("client.mjs", server.uri())).startsWith("ok: springline");
        }
    }
}
