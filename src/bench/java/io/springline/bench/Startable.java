package io.springline.bench;

import io.springline.testing.ImageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes what {@link StartBench} starts: applications with AOT caches, and built source trees. */
final class Startable {

    /** Those of {@code springline}, the launcher, and of the image. */
    private static final List<String> LAUNCHER_OPTIONS =
            List.of(
                    "-XX:+UseCompactObjectHeaders",
                    "-XX:+UseSerialGC",
                    "-Xms24m",
                    "-XX:MaxRAMPercentage=60",
                    "-XX:TrimNativeHeapInterval=30000",
                    "-Xlog:trimnative=off",
                    "-XX:+ExitOnOutOfMemoryError");

    private static final String BARE = "src/bench/bare/pom.xml";

    private Startable() {}

    private static Path output(String name) {
        return ServiceBench.OUTPUT.resolve(name).toAbsolutePath();
    }

    private static Path log(String name) {
        return output(name + ".log");
    }

    /** Returns the launcher of a copy of the distribution, with caches made by its own script. */
    static String distribution() throws IOException {
        Path copy = output("distribution");
        Commands.run(log("copy"), "rm", "-rf", copy.toString());
        Commands.run(
                log("copy"), "cp", "-a", ImageFolder.distribution().toString(), copy.toString());
        ServiceBench.progress("making the AOT caches of the distribution");
        Commands.run(log("make-aot-cache"), copy.resolve("bin/make-aot-cache").toString());
        return copy.resolve("bin/springline").toString();
    }

    /**
     * Returns the command of the bare application, with a cache that was made like those of the
     * distribution: by a start with one connection and one message.
     */
    static ServerProcess.Command bare() throws IOException {
        Path build = output("bare");
        ServiceBench.progress("building the bare application");
        Commands.run(
                log("bare-build"),
                Commands.maven(),
                "-B",
                "-q",
                "-f",
                BARE,
                "package",
                "-Doutput=" + build);
        Path jar = build.resolve("extracted/bare.jar");
        Commands.run(
                log("bare-extract"),
                Server.java("java").toString(),
                "-Djarmode=tools",
                "-jar",
                build.resolve("bare.jar").toString(),
                "extract",
                "--force",
                "--destination",
                jar.getParent().toString());
        Path cache = build.resolve("bare.aot");
        Files.deleteIfExists(cache);
        try (var server =
                ServerProcess.launch(
                        "bare-training", port -> bare("-XX:AOTCacheOutput=" + cache, jar, port))) {
            server.awaitReady(Server.SPRINGLINE.readiness);
            try (var client = new LoadClient(Way.SPRING_ECHO.target(), server)) {
                client.open(1);
                client.closedLoop(1, Duration.ZERO, Duration.ofMillis(1));
            }
        }
        if (!Files.exists(cache)) {
            throw new IOException("no AOT cache was written, see " + log("bare-training"));
        }
        return port -> bare("-XX:AOTCache=" + cache, jar, port);
    }

    private static List<String> bare(String cache, Path jar, int port) {
        var command = new ArrayList<>(List.of(Server.java("java").toString()));
        command.addAll(LAUNCHER_OPTIONS);
        command.addAll(List.of(cache, "-jar", jar.toString(), "--server.port=" + port));
        return command;
    }

    /** Returns {@code spring-boot:run} of the bare application. */
    static ServerProcess.Command bareTree() {
        return port -> springBootRun(Commands.maven(), BARE, "-Doutput=" + output("bare"), port);
    }

    /** Returns {@code spring-boot:run} in a copy of this source tree without its tests. */
    static ServerProcess.Command tree() throws IOException {
        Path tree = output("tree");
        Files.createDirectories(tree.resolve("src"));
        for (String each : List.of(".mvn", "mvnw", "pom.xml", "springline", "LICENSE")) {
            Commands.run(log("copy"), "cp", "-a", each, tree.toString());
        }
        Commands.run(log("copy"), "cp", "-a", "src/main", "src/dist", tree + "/src");
        ServiceBench.progress("compiling a copy of the sources");
        String maven = tree.resolve("mvnw").toString();
        String pom = tree.resolve("pom.xml").toString();
        Commands.run(log("tree-build"), maven, "-B", "-q", "-o", "-f", pom, "test-compile");
        return port -> springBootRun(maven, pom, "-Dspring-boot.run.fork=true", port);
    }

    private static List<String> springBootRun(String maven, String pom, String option, int port) {
        return List.of(
                maven,
                "-B",
                "-q",
                "-o",
                "-f",
                pom,
                option,
                "spring-boot:run",
                "-Dspring-boot.run.arguments=--server.port=" + port);
    }
}
