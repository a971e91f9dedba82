package io.springline.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that prepare a measurement, or are one. */
final class Commands {

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private Commands() {}

    /** With this run's Java, and without options for the JVM from the environment. */
    static ProcessBuilder builder(List<String> command) {
        var builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        // nobody has to notice that a server ends
        environment.put("SPRINGLINE_DRAIN_DELAY", "0s");
        return builder;
    }

    static String maven() {
        return Path.of("mvnw").toAbsolutePath().toString();
    }

    /**
     * Runs to the end.
     *
     * @param log gets the output
     * @throws IOException if the command fails
     */
    static void run(Path log, String... command) throws IOException {
        Process process =
                builder(List.of(command))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("%s does not end".formatted(command[0]));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException("%s failed, see %s".formatted(command[0], log));
        }
    }
}
