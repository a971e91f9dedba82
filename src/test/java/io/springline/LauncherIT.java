package io.springline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.springline.testing.RunningJar;
import java.io.DataInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an older Java says of the jar. */
class LauncherIT {

    private record Ended(int exitCode, String output) {}

    private static Ended run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        return new Ended(process.waitFor(), output);
    }

    @Test
    void isCompiledForJava8() throws Exception {
        try (var jar = new JarFile(RunningJar.jar());
                var launcher =
                        new DataInputStream(
                                jar.getInputStream(
                                        jar.getEntry(
                                                "BOOT-INF/classes/io/springline/Launcher.class")))) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Start-Class"))
                    .isEqualTo("io.springline.Launcher");
            launcher.readInt();
            assertThat(launcher.readInt()).as("class file version").isEqualTo(52);
        }
    }

    /** Runs where a Java 17 is installed. */
    @Test
    void tellsAnOlderJavaInOneSentenceWhatIsNeeded() throws Exception {
        List<Path> old;
        try (Stream<Path> all = Files.list(Path.of("/usr/lib/jvm"))) {
            old =
                    all.filter(each -> each.getFileName().toString().contains("17"))
                            .map(each -> each.resolve("bin/java"))
                            .filter(Files::isExecutable)
                            .toList();
        }
        assumeTrue(!old.isEmpty());
        Ended ended = run(List.of(old.getFirst().toString(), "-jar", RunningJar.jar()));
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.output().lines())
                .singleElement()
                .asString()
                .contains("needs Java 25", "this is Java 17");
    }

    @Test
    void scriptFindsAJavaThatIsNewEnough() throws Exception {
        Ended version = run(List.of("./springline", "--version"));
        assertThat(version.output()).matches("(?s)springline \\d+\\.\\d+\\..*");
        assertThat(version.exitCode()).isZero();
        assertThat(run(List.of("./springline", "nonsense")).exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"1.8, 8", "11, 11", "25, 25"})
    void readsTheReleaseOfEachJava(String specification, int release) {
        assertThat(Launcher.release(specification)).isEqualTo(release);
    }
}
