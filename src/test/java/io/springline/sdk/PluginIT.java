package io.springline.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.CompiledPlugin;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plug-ins of {@code docs/tools.md}, taken from there, compiled, packed and served. */
@Tag("slow")
class PluginIT {

    @TempDir Path folder;

    @Test
    void aJarInAFolderBringsATool() throws Exception {
        Path plugins =
                CompiledPlugin.pack(
                        folder, block("\nweather.WeatherPlugin"), block("java\npackage weather;"));
        try (var service = new RunningJar("-Dloader.path=" + plugins).ready();
                var peer = SocketPeer.connect(service.uri())) {
            assertThat(call(peer, "forecast", "{\"city\":\"Bergen\"}")).contains("Sunny in Bergen");
        }
    }

    @Test
    void aJarInAFolderBringsAFilter() throws Exception {
        Path plugins =
                CompiledPlugin.pack(folder, "rules.RulesPlugin", block("java\npackage rules;"));
        try (var service = new RunningJar("-Dloader.path=" + plugins).ready();
                var peer = SocketPeer.connect(service.uri())) {
            assertThat(call(peer, "echo", "{\"message\":\"  hello \"}"))
                    .contains("Echo: hello\"", "for anonymous");
            assertThat(call(peer, "echo", "{\"message\":\"%s\"}".formatted("x".repeat(101))))
                    .contains("Use at most 100 characters")
                    .doesNotContain("Echo:");
        }
    }

    private static String call(SocketPeer peer, String tool, String arguments) throws Exception {
        return peer.ask(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s",\
                        "arguments":%s,"_meta":{\
                        "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                        "io.modelcontextprotocol/clientInfo":{"name":"me","version":"1"},\
                        "io.modelcontextprotocol/clientCapabilities":{}}}}\
                        """
                                .formatted(tool, arguments))
                .toString();
    }

    /** What stands between the fences that open with this. */
    private static String block(String start) throws IOException {
        var fenced = Pattern.compile("```(" + start + ".*?)```", Pattern.DOTALL);
        var found = fenced.matcher(Files.readString(Path.of("docs/tools.md")));
        assertThat(found.find()).as(start).isTrue();
        return found.group(1).replaceFirst("^java", "").strip();
    }
}
