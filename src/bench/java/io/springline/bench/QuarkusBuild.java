package io.springline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Builds the server in {@code src/bench/quarkus} once, from artifacts of Maven Central. */
final class QuarkusBuild {

    /** It loses messages that are sent right after the upgrade. */
    static final Duration PAUSE = Duration.ofMillis(200);

    private QuarkusBuild() {}

    /**
     * The jar to be started.
     *
     * @param version of {@code quarkus-mcp-server-websocket}
     * @throws IOException if it cannot be built, for example because an artifact does not resolve
     */
    static Path jar(String version) throws IOException {
        Path output = ServiceBench.OUTPUT.resolve("quarkus-" + version).toAbsolutePath();
        Path jar = output.resolve("quarkus-app/quarkus-run.jar");
        if (Files.exists(jar)) {
            return jar;
        }
        Path log = ServiceBench.OUTPUT.resolve("quarkus-" + version + ".log");
        System.out.println("building Quarkus MCP " + version);
        var maven =
                new ProcessBuilder(
                                Path.of("mvnw").toAbsolutePath().toString(),
                                "-B",
                                "-q",
                                "-f",
                                "src/bench/quarkus/pom.xml",
                                "package",
                                "-Dmcp.version=" + version,
                                "-Dmcp.http=quarkus-mcp-server-"
                                        + (version.startsWith("1.") ? "sse" : "http"),
                                "-Doutput=" + output)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = maven.start();
        try {
            if (!process.waitFor(10, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException("the build of Quarkus MCP %s hangs".formatted(version));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new IOException(e);
        }
        if (process.exitValue() != 0 || !Files.exists(jar)) {
            throw new IOException(
                    Files.readString(log)
                            .lines()
                            .filter(line -> line.contains(":jar:" + version + " "))
                            .map(line -> line.replaceFirst(".*?(\\S+:jar:\\S+).*", "$1"))
                            .map(artifact -> "%s does not resolve, see %s".formatted(artifact, log))
                            .findFirst()
                            .orElse("the build failed, see " + log));
        }
        return jar;
    }
}
