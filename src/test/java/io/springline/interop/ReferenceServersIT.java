package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.EverythingServer;
import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official reference servers from npm behind the jar, called with the TypeScript SDK. */
@Tag("node")
class ReferenceServersIT {

    @TempDir Path folder;

    @Test
    void everythingAndFilesystemAreServedThroughTheRelay() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        // asks its client without naming the call, so it needs a process for each session
        serve(
                project,
                "--springline.relay.upstreams.everything.command="
                        + project.binary("mcp-server-everything"),
                "--springline.relay.upstreams.everything.mode=per-session");
    }

    @Test
    @Tag("slow")
    void everythingIsServedByStreamableHttpToo() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        try (var upstream = new EverythingServer(project).ready()) {
            serve(project, "--springline.relay.upstreams.everything.url=" + upstream.uri());
        }
    }

    private void serve(NodeProject project, String... everything) throws Exception {
        Path allowed = Files.createDirectory(folder.resolve("allowed")).toRealPath();
        Path servers =
                Files.writeString(
                        folder.resolve("mcp.json"),
                        """
                        {"mcpServers":{
                          "files":{"command":"%s","args":["%s"]}}}\
                        """
                                .formatted(project.binary("mcp-server-filesystem"), allowed));
        String[] arguments =
                Stream.concat(
                                Stream.of(everything),
                                Stream.of("--springline.relay.config-file=" + servers))
                        .toArray(String[]::new);
        try (var server = new RunningJar(arguments).ready()) {
            assertThat(project.node("relay.mjs", server.uri(), allowed.toString()))
                    .endsWith("ok\n");
        }
    }
}
