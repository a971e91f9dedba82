package io.springline.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plug-in of {@code docs/tools.md}, taken from there, compiled, packed and served. */
@Tag("slow")
class PluginIT {

    private static final String IMPORTS =
            "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    @TempDir Path folder;

    @Test
    void aJarInAFolderBringsATool() throws Exception {
        pack(compile(block("java\npackage weather;")), block("\nweather.WeatherPlugin"));
        try (var service = new RunningJar("-Dloader.path=" + folder.resolve("plugins")).ready();
                var peer = SocketPeer.connect(service.uri())) {
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"forecast",\
                    "arguments":{"city":"Bergen"},"_meta":{\
                    "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                    "io.modelcontextprotocol/clientInfo":{"name":"me","version":"1"},\
                    "io.modelcontextprotocol/clientCapabilities":{}}}}\
                    """);
            assertThat(peer.poll(10_000)).contains("Sunny in Bergen");
        }
    }

    /** What stands between the fences that open with this. */
    private static String block(String start) throws IOException {
        var fenced = Pattern.compile("```(" + start + ".*?)```", Pattern.DOTALL);
        var found = fenced.matcher(Files.readString(Path.of("docs/tools.md")));
        assertThat(found.find()).as(start).isTrue();
        return found.group(1).replaceFirst("^java", "").strip();
    }

    private Path compile(String source) throws IOException {
        Path file = folder.resolve("WeatherPlugin.java");
        Files.writeString(file, source);
        Path classes = folder.resolve("classes");
        int result =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-parameters",
                                "-proc:none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                classes.toString(),
                                file.toString());
        assertThat(result).isZero();
        return classes;
    }

    private void pack(Path classes, String imports) throws IOException {
        Path plugins = Files.createDirectory(folder.resolve("plugins"));
        try (var jar = new JarOutputStream(Files.newOutputStream(plugins.resolve("weather.jar")));
                var found = Files.walk(classes)) {
            List<Path> files = found.filter(Files::isRegularFile).toList();
            for (Path file : files) {
                jar.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, jar);
            }
            jar.putNextEntry(new JarEntry(IMPORTS));
            jar.write(imports.getBytes());
        }
    }
}
