package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import io.springline.testing.SchemaTap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The official TypeScript SDK v1 over its own WebSocketClientTransport, against the jar. */
@Tag("node")
class TypeScriptSdkIT {

    @Test
    void asksAndIsAskedEverythingByTheRunningJar() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        try (var server = new RunningJar("--spring.profiles.active=conformance").ready();
                var tap = new SchemaTap(server.port())) {
            assertThat(project.node("client.mjs", tap.uri())).startsWith("ok: springline");
            assertThat(tap.faults()).isEmpty();
        }
    }
}
