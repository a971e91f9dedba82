package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.NodeProject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A home directory for one host. Its shell finds the commands of the installed npm packages, and no
 * other setting of the user who runs the test.
 */
final class HostHome {

    private static final int SECONDS = 240;

    private final Path folder;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final Path project;

    HostHome(NodeProject hosts, Path folder) {
        this.folder = folder;
        this.project = hosts.folder();
        environment.put("HOME", folder.toString());
        environment.put(
                "PATH", hosts.binary(".").normalize() + File.pathSeparator + System.getenv("PATH"));
        // npx takes what is installed, or fails
        environment.put("npm_config_offline", "true");
    }

    Path folder() {
        return folder;
    }

    HostHome set(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Returns what a command that must succeed has printed, and prints it. */
    String run(String command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process =
                builder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        end(process);
        String printed = Files.readString(output).strip();
        System.out.printf("$ %s%n%s%n", command, printed.indent(2));
        assertThat(ended).as("%s ends: %s", command, printed).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, printed).isZero();
        return printed;
    }

    /** Starts a command whose errors go to a file. */
    Process start(String command, String name) throws IOException {
        return builder(command).redirectError(folder.resolve(name + ".log").toFile()).start();
    }

    private ProcessBuilder builder(String command) {
        // npx looks for installed packages in the folder and above
        var builder = new ProcessBuilder("sh", "-c", command).directory(project.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    /** Kills a command and what it has started. */
    static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
