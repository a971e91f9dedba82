package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.NodeProject;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five much used servers from npm that need no credentials, behind the jar. */
@Tag("node")
@Tag("slow")
class NpmServersIT {

    private static final Path BROWSER = Path.of("/usr/bin/chromium");

    @TempDir Path folder;

    @Test
    void listsAndCallsThemWithTheTypeScriptSdk() throws Exception {
        var project = NodeProject.installed("npm-servers");
        Path allowed = Files.createDirectory(folder.resolve("allowed")).toRealPath();
        Path servers =
                Files.writeString(
                        folder.resolve("mcp.json"),
                        """
                        {"mcpServers":{
                          "everything":{"command":"%s"},
                          "files":{"command":"%s","args":["%s"]},
                          "memory":{"command":"%s","env":{"MEMORY_FILE_PATH":"%s"}},
                          "thinking":{"command":"%s"},
                          "playwright":{"command":"%s",
                            "args":["--headless","--isolated","--no-sandbox","--executable-path","%s"]}}}\
                        """
                                .formatted(
                                        project.binary("mcp-server-everything"),
                                        project.binary("mcp-server-filesystem"),
                                        allowed,
                                        project.binary("mcp-server-memory"),
                                        folder.resolve("memory.jsonl"),
                                        project.binary("mcp-server-sequential-thinking"),
                                        project.binary("playwright-mcp"),
                                        BROWSER));
        try (var server = new RunningJar("--springline.relay.config-file=" + servers).ready()) {
            String printed =
                    project.node(
                            "servers.mjs",
                            server.uri(),
                            allowed.toString(),
                            Boolean.toString(Files.exists(BROWSER)));
            assertThat(printed).endsWith("ok\n");
            Files.writeString(Path.of("target", "npm-servers.txt"), printed);
        }
    }
}
