package io.springline.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.springline.testing.RunningJar;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The official TypeScript SDK v1 over its own WebSocketClientTransport, against the jar. */
@Tag("node")
class TypeScriptSdkIT {

    private static final Path SOURCE = Path.of("src/test/interop/typescript-v1");
    private static final Path WORK = Path.of("target/interop/typescript-v1");

    @Test
    void listsAndCallsToolsAgainstTheRunningJar() throws Exception {
        assumeTrue(isOnPath("node") && isOnPath("npm"), "skipped: node and npm are not installed");
        Files.createDirectories(WORK);
        for (String file : new String[] {"package.json", "package-lock.json", "client.mjs"}) {
            Files.copy(
                    SOURCE.resolve(file),
                    WORK.resolve(file),
                    java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(WORK.resolve("node_modules"))) {
            assertThat(run("npm", "ci", "--no-audit", "--no-fund")).contains("added");
        }
        try (var server = new RunningJar().ready()) {
            assertThat(run("node", "client.mjs", server.uri())).startsWith("ok: springline");
        }
    }

    /** The output of a command that must succeed. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .directory(WORK.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private static boolean isOnPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
