package io.springline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the script {@code springline} starts Java, with a program in place of Java. */
class LauncherScriptTest {

    private static final String RELEASE = "JAVA_VERSION=\"25.0.1\"\n";
    private static final String COMMANDS_ONLY = "-XX:TieredStopAtLevel=1";

    @TempDir Path parent;

    private Path folder;

    /** The path of a distribution may contain spaces. */
    @BeforeEach
    void makeFolder() throws Exception {
        folder = Files.createDirectory(parent.resolve("a folder"));
    }

    /**
     * Returns the arguments with which the script of a distribution has started Java, each on a
     * line of its own.
     */
    private String start(String... arguments) throws Exception {
        Path script = Files.createDirectory(folder.resolve("bin")).resolve("springline");
        Files.copy(Path.of("springline"), script);
        Files.createFile(folder.resolve("springline.jar"));
        Files.createDirectory(folder.resolve("lib"));
        Path java = folder.resolve("jdk/bin/java");
        Files.createDirectories(java.getParent());
        Files.writeString(folder.resolve("jdk/release"), RELEASE);
        Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return run(arguments);
    }

    private String run(String... arguments) throws Exception {
        Path script = folder.resolve("bin/springline");
        var command = new ArrayList<>(List.of("sh", script.toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment().remove("JDK_JAVA_OPTIONS");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void startsTheServiceWithoutArguments() throws Exception {
        assertThat(start()).contains("-XX:+ExitOnOutOfMemoryError").doesNotContain(COMMANDS_ONLY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--server.port=8081", "--debug", "--trace"})
    void startsTheServiceWithItsOptions(String option) throws Exception {
        assertThat(start(option))
                .contains("-XX:+ExitOnOutOfMemoryError")
                .doesNotContain(COMMANDS_ONLY)
                .endsWith("\n%s\n".formatted(option));
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "--help", "--version", "-h"})
    void runsCommandsWithTheFirstCompilerOnly(String word) throws Exception {
        assertThat(start(word))
                .contains(COMMANDS_ONLY)
                .doesNotContain("-XX:+ExitOnOutOfMemoryError");
    }

    @Test
    void usesTheCachesOfItsJava() throws Exception {
        Path aot = Files.createDirectory(folder.resolve("aot"));
        Files.writeString(aot.resolve("release"), RELEASE);
        for (String name : List.of("service", "commands")) {
            Files.createFile(aot.resolve(name + ".aot"));
        }
        assertThat(start().lines()).contains("-XX:AOTCache=" + aot.resolve("service.aot"));
        assertThat(run("list").lines()).contains("-XX:AOTCache=" + aot.resolve("commands.aot"));
        Files.writeString(aot.resolve("release"), "another Java");
        assertThat(run()).doesNotContain("AOTCache");
    }

    /** Such as a jar that was downloaded into the folder with the clone. */
    @Test
    void ignoresAJarBesideItsSourceTree() throws Exception {
        Path script = Files.createDirectory(folder.resolve("clone")).resolve("springline");
        Files.copy(Path.of("springline"), script);
        Files.createFile(folder.resolve("springline.jar"));
        Process process =
                new ProcessBuilder("sh", script.toString()).redirectErrorStream(true).start();
        assertThat(new String(process.getInputStream().readAllBytes()))
                .contains("there is no distribution in", "./mvnw -DskipTests package");
        assertThat(process.waitFor()).isEqualTo(1);
    }
}
