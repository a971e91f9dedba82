package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    void everythingIsServedByStreamableHttpToo() throws Exception {
        var project = NodeProject.installed("typescript-v1");
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        var everything =
                new ProcessBuilder(
                        project.binary("mcp-server-everything").toString(), "streamableHttp");
        everything.environment().put("PORT", Integer.toString(port));
        everything.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile());
        Process upstream = everything.start();
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> accepts(port));
            serve(project, "\"url\":\"http://127.0.0.1:%d/mcp\"".formatted(port));
        } finally {
            upstream.destroyForcibly();
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

    private static boolean accepts(int port) {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
