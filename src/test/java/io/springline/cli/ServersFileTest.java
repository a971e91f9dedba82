package io.springline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.client.local.AttachTarget;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServersFileTest {

    @TempDir Path folder;

    private ServersFile read(String json) throws IOException {
        return ServersFile.read(Files.writeString(folder.resolve("mcp.json"), json));
    }

    @Test
    void readsProgramsAndUrlsInTheirOrder() throws Exception {
        ServersFile file =
                read(
                        """
                        {"mcpServers": {
                          "git": {"command": "npx", "args": ["-y", "some-server"], "env": {"A": "1"}, "cwd": "/tmp"},
                          "docs": {"url": "http://localhost:3000/mcp"}}}
                        """);
        assertThat(file.problems()).isEmpty();
        assertThat(file.servers())
                .containsExactly(
                        Map.entry(
                                "git",
                                new AttachTarget.Program(
                                        List.of("npx", "-y", "some-server"),
                                        Map.of("A", "1"),
                                        Path.of("/tmp"))),
                        Map.entry(
                                "docs",
                                new AttachTarget.Url(URI.create("http://localhost:3000/mcp"))));
    }

    @Test
    void leavesOutAnEntryThatCannotBeUsedAndSaysWhy() throws Exception {
        ServersFile file =
                read(
                        """
                        {"mcpServers": {
                          "bad": {"args": []}, "worse": 7, "ftp": {"url": "ftp://x/y"}, "off": {"command": "x", "disabled": true},
                          "secret": {"url": "http://localhost/mcp", "headers": {"Authorization": "Bearer x"}},
                          "good": {"command": "good"}}}
                        """);
        assertThat(file.servers()).containsOnlyKeys("good");
        assertThat(file.problems())
                .hasSize(5)
                .anySatisfy(each -> assertThat(each).contains("'bad'", "neither"))
                .anySatisfy(each -> assertThat(each).contains("'ftp'", "http://"))
                .noneSatisfy(each -> assertThat(each).contains("Bearer x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"servers\":{}}"})
    void refusesAFileWithoutServers(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(IOException.class);
    }
}
