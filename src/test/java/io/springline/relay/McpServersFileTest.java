package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.springline.relay.RelayProperties.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.env.MockEnvironment;

class McpServersFileTest {

    @TempDir Path folder;

    private Map<String, RelayProperties.Upstream> read(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("mcp.json"), json);
        var environment = new MockEnvironment().withProperty("TOKEN", "s3cret");
        return new McpServersFile(file, environment::resolveRequiredPlaceholders).read();
    }

    @Test
    void readsWhatOtherHostsWrite() throws IOException {
        var upstreams =
                read(
                        """
                        {"mcpServers":{
                          "files":{"command":"npx","args":["-y","server"],"env":{"KEY":"${TOKEN}","N":1},
                                   "autoApprove":["x"],"timeout":5},
                          "web":{"type":"http","url":"https://example.com/mcp",
                                 "headers":{"Authorization":"Bearer ${env:TOKEN}"}},
                          "old":{"type":"sse","url":"https://example.com/sse"},
                          "off":{"command":"x","disabled":true}}}\
                        """);
        assertThat(upstreams.keySet()).containsExactly("files", "web", "old");
        var files = upstreams.get("files");
        assertThat(files.command()).isEqualTo("npx");
        assertThat(files.args()).isEqualTo(List.of("-y", "server"));
        assertThat(files.env()).isEqualTo(Map.of("KEY", "s3cret", "N", "1"));
        var web = upstreams.get("web");
        assertThat(web.url()).isEqualTo(URI.create("https://example.com/mcp"));
        assertThat(web.headers()).containsEntry("Authorization", "Bearer s3cret");
        assertThat(files.transport()).isEqualTo(Transport.STDIO);
        assertThat(web.transport()).isEqualTo(Transport.HTTP);
        assertThat(upstreams.get("old").transport()).isEqualTo(Transport.SSE);
        assertThat(upstreams.toString()).doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {                                                  | is not JSON
                    {}                                                 | mcpServers: is missing
                    {"mcpServers":{"a":1}}                             | mcpServers.a: must be an object
                    {"mcpServers":{"a":{}}}                            | mcpServers.a: either command or url
                    {"mcpServers":{"a":{"command":1}}}                 | mcpServers.a.command: must be a string
                    {"mcpServers":{"a":{"command":"c","args":[1]}}}    | mcpServers.a.args: must be an array
                    {"mcpServers":{"a":{"url":"http://${NOT_SET}"}}}   | mcpServers.a.url: a ${…} in it
                    """)
    void namesTheFileTheKeyAndTheReason(String json, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(json))
                .withMessageContaining("mcp.json")
                .withMessageContaining(reason);
    }
}
