package io.springline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A folder of {@code src/test/interop} with its npm packages installed below {@code target}. */
public final class NodeProject {

    private final Path folder;

    private NodeProject(Path folder) {
        this.folder = folder;
    }

    /** Skips the test, saying why, where Node is missing. */
    public static NodeProject installed(String name) throws Exception {
        assumeTrue(isOnPath("node") && isOnPath("npm"), "skipped: node and npm are not installed");
        Path source = Path.of("src/test/interop", name);
        Path folder = Files.createDirectories(Path.of("target/interop", name));
        var project = new NodeProject(folder);
        try (var _ = FileLocked.at(folder.resolve("lock"))) {
            project.prepare(source);
        }
        return project;
    }

    private void prepare(Path source) throws IOException, InterruptedException {
        try (var files = Files.list(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(file.getFileName());
                // another test may be running it
                if (!Files.exists(copy) || Files.mismatch(file, copy) >= 0) {
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        Path installed = folder.resolve("node_modules/.package-lock.json");
        if (!Files.exists(installed)
                || Files.getLastModifiedTime(installed)
                                .compareTo(
                                        Files.getLastModifiedTime(
                                                source.resolve("package-lock.json")))
                        < 0) {
            run(List.of("npm", "ci", "--no-audit", "--no-fund"));
        }
    }

    /** The output of a script that must succeed. */
    public String node(String script, String... arguments) throws Exception {
        return command("node", script, arguments);
    }

    /** The same by the Node that the project itself brings along. */
    public String ownNode(String script, String... arguments) throws Exception {
        return command(binary("node").toString(), script, arguments);
    }

    private String command(String node, String script, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(node, script));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** A script that runs beside the test; its errors go to those of the test. */
    public Process start(String script, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Where its scripts run. */
    public Path folder() {
        return folder;
    }

    /** The absolute path of an installed package's command. */
    public Path binary(String name) {
        return folder.resolve("node_modules/.bin").resolve(name).toAbsolutePath();
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private static boolean isOnPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
