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
        return ServersFile.read(
                Files.writeString(folder.resolve("mcp.json"), json),
                Map.of(
                        "TOKEN",
                        "s3cret",
                        "SPRINGLINE_RELAY_INPUTS_KEY",
                        "typed",
                        "SPRINGLINE_RELAY_INPUTS_PERPLEXITY_KEY",
                        "p-key"));
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
        assertThat(file.notes()).isEmpty();
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
        assertThat(file.notes())
                .hasSize(4)
                .anySatisfy(each -> assertThat(each).contains("'bad'", "neither"))
                .anySatisfy(each -> assertThat(each).contains("'ftp'", "http or https"))
                .noneSatisfy(each -> assertThat(each).contains("Bearer x"));
    }

    /** No shell can set a variable with a hyphen. */
    @Test
    void findsAnInputWhoseIdNoVariableCanHave() throws Exception {
        assertThat(
                        read("{\"servers\": {\"a\": {\"command\": \"x\", \"args\": [\"${input:perplexity-key}\"]}}}")
                                .servers())
                .containsEntry(
                        "a", new AttachTarget.Program(List.of("x", "p-key"), Map.of(), null));
    }

    /** The rules are those of the service, in docs/config-file.md. */
    @Test
    void readsTheFileOfAnyHostAsTheServiceDoes() throws Exception {
        ServersFile file =
                read(
                        """
                        \uFEFF{"servers": { // comments, trailing commas
                          "My Notes": {"type": "stdio", "command": "npx -y notes", "args": [1, true], "env": {"A": "${env:TOKEN}", "B": "${input:KEY}", "N": 7}},
                          "web": {"url": "${BASE:-http://localhost:3000}/mcp"},
                        }}
                        """);
        assertThat(file.servers())
                .containsExactly(
                        Map.entry(
                                "My-Notes",
                                new AttachTarget.Program(
                                        List.of("npx", "-y", "notes", "1", "true"),
                                        Map.of("A", "s3cret", "B", "typed", "N", "7"),
                                        null)),
                        Map.entry(
                                "web",
                                new AttachTarget.Url(URI.create("http://localhost:3000/mcp"))));
        assertThat(file.notes()).containsExactly("server 'My Notes' is attached as 'My-Notes'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"command\":\"c\",\"env\":{\"A\":\"${NOT_SET}\"}}",
                "{\"command\":\"c\",\"args\":[{\"a\":1}]}",
                "{\"command\":\"c\",\"env\":{\"A\":[\"x\"]}}",
                "{\"command\":\"c\",\"cwd\":\"/no/such/folder\"}",
                "{\"command\":\"c\",\"disabledTools\":[\"drop\"]}",
                "{\"url\":\"http://h/\",\"type\":\"sse\"}",
                "{\"url\":\"http://u:s3cret@h/\"}",
                "null",
            })
    void leavesOutWhatTheAttachedServerWouldGetWrong(String entry) throws Exception {
        ServersFile file =
                read("{\"mcpServers\":{\"bad\":%s,\"good\":{\"command\":\"c\"}}}".formatted(entry));
        assertThat(file.servers()).containsOnlyKeys("good");
        assertThat(file.notes())
                .singleElement()
                .satisfies(note ->
                        assertThat(note)
                                .contains("'bad' is left out", "mcp.json")
                                .doesNotContain("s3cret"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"theme\":\"dark\"}"})
    void refusesAFileWithoutServers(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(IOException.class);
    }
}
