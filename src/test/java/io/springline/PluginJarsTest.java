package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginJarsTest {

    @TempDir Path folder;

    private Path jar(Path in, String name, String... entries) throws IOException {
        Path jar = Files.createDirectories(in).resolve(name);
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String entry : entries) {
                out.putNextEntry(new JarEntry(entry));
            }
        }
        return jar;
    }

    @Test
    void acceptsPlainJarsAndTheirLibraries() throws IOException {
        jar(folder, "weather.jar", "weather/Weather.class");
        jar(folder, "commons.jar", "org/apache/commons/Lang.class");
        assertThat(PluginJars.problems(folder.toString(), "")).isEmpty();
        assertThat(PluginJars.problems(null, "")).isEmpty();
        assertThat(PluginJars.problems(folder.resolve("missing").toString(), "")).isEmpty();
    }

    @Test
    void namesAJarWithTheServicesLibrariesAndOneThatBootRepackaged() throws IOException {
        Path shaded =
                jar(folder, "all.jar", "a/A.class", "org/springframework/core/SpringVersion.class");
        Path boot = jar(folder.resolve("other"), "boot.jar", "BOOT-INF/");
        assertThat(PluginJars.problems(folder + "," + boot, ""))
                .containsExactly(
                        shaded + " contains org/springframework/core/SpringVersion.class",
                        boot + " contains BOOT-INF/");
    }

    @Test
    void looksIntoThePluginsFolderOfTheClassPathAndNowhereElseOnIt() throws IOException {
        Path own =
                jar(
                        folder.resolve("lib"),
                        "spring-boot.jar",
                        "org/springframework/boot/SpringApplication.class");
        Path plugin = jar(folder.resolve("plugins"), "boot.jar", "BOOT-INF/");
        assertThat(PluginJars.problems(null, own + File.pathSeparator + plugin))
                .containsExactly(plugin + " contains BOOT-INF/");
    }

    @Test
    void namesAFileThatIsNotAJar() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.jar"), "not a jar");
        assertThat(PluginJars.problems(folder.toString(), ""))
                .containsExactly(broken + " cannot be read as a jar");
    }
}
