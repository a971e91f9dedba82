package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.EverythingServer;
import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
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
        serve(project, "\"command\":\"%s\"".formatted(project.binary("mcp-server-everything")));
    }

    @Test
    @Tag("slow")
    void everythingIsServedByStreamableHttpToo() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        try (var upstream = new EverythingServer(project).ready()) {
            serve(project, "\"url\":\"%s\"".formatted(upstream.uri()));
        }
    }

    private void serve(NodeProject project, String everything) throws Exception {
        Path allowed = Files.createDirectory(folder.resolve("allowed")).toRealPath();
        Path servers =
                Files.writeString(
                        folder.resolve("mcp.json"),
                        """
                        {"mcpServers":{
                          "everything":{%s},
                          "files":{"command":"%s","args":["%s"]}}}\
                        """
                                .formatted(
                                        everything,
                                        project.binary("mcp-server-filesystem"),
                                        allowed));
        try (var server = new RunningJar("--springline.relay.config-file=" + servers).ready()) {
            assertThat(project.node("relay.mjs", server.uri(), allowed.toString()))
                    .endsWith("ok\n");
        }
    }
}
