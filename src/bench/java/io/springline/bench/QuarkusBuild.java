package io.springline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Builds the server in {@code src/bench/quarkus} once, from artifacts of Maven Central. */
final class QuarkusBuild {

    /** It loses messages that are sent right after the upgrade. */
    static final Duration PAUSE = Duration.ofMillis(200);

    private QuarkusBuild() {}

    /**
     * The jar to be started.
     *
     * @throws IOException if it cannot be built, for example because an artifact does not resolve
     */
    static Path jar() throws IOException {
        Path output = ServiceBench.OUTPUT.resolve("quarkus").toAbsolutePath();
        Path jar = output.resolve("quarkus-app/quarkus-run.jar");
        if (!Files.exists(jar)) {
            ServiceBench.progress("building Quarkus MCP");
            Commands.run(
                    ServiceBench.OUTPUT.resolve("quarkus-build.log"),
                    Commands.maven(),
                    "-B",
                    "-q",
                    "-f",
                    "src/bench/quarkus/pom.xml",
                    "package",
                    "-Doutput=" + output);
        }
        return jar;
    }
}
