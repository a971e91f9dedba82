package io.springline.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From the start of a process to the first answer of its readiness probe, and commands of the
 * command line from their start to their end.
 */
final class StartBench {

    static final String START = "start";
    static final String DISTRIBUTION = "Springline, distribution";
    static final String BARE = "bare Spring Boot, AOT cache";
    static final String RUN = "Springline, spring-boot:run";
    static final String BARE_RUN = "bare Spring Boot, spring-boot:run";
    static final String COMMAND = "springline call";
    static final String READY = "s to ready";
    static final String RSS = "RSS MB";
    static final String ENDED = "s to the answer";

    private static final String JAR = "Springline, java -jar";
    private static final String QUARKUS = "Quarkus MCP 1.7.2, java -jar";
    private static final int COMMANDS = 3;
    private static final int LONGEST_WAIT_SECONDS = 60;

    /** In seconds of CPU per second. */
    private static final double IDLE_CPU = 0.1;

    private final Results results;

    StartBench(Results results) {
        this.results = results;
    }

    void run(int rounds) throws IOException {
        String launcher = Startable.distribution();
        Map<String, Start> starts = starts(launcher);
        for (int round = 1; round <= rounds; round++) {
            for (var each : starts.entrySet()) {
                measure(each.getKey(), each.getValue(), launcher);
            }
        }
    }

    @FunctionalInterface
    private interface Start {
        ServerProcess now() throws IOException;
    }

    @FunctionalInterface
    private interface Preparation {
        ServerProcess.Command command() throws IOException;
    }

    private Map<String, Start> starts(String launcher) {
        var starts = new LinkedHashMap<String, Start>();
        starts.put(JAR, () -> ServerProcess.start("start", Server.SPRINGLINE::command));
        add(starts, DISTRIBUTION, () -> port -> List.of(launcher, "--server.port=" + port));
        add(starts, BARE, Startable::bare);
        add(starts, RUN, Startable::tree);
        if (starts.containsKey(BARE)) {
            add(starts, BARE_RUN, Startable::bareTree);
        }
        try {
            QuarkusBuild.jar();
            starts.put(QUARKUS, () -> ServerProcess.start("start", Server.QUARKUS::command));
        } catch (IOException e) {
            results.note("skipped: start of Quarkus MCP: " + e.getMessage());
        }
        return starts;
    }

    private void add(Map<String, Start> starts, String title, Preparation preparation) {
        try {
            ServerProcess.Command command = preparation.command();
            starts.put(title, () -> ServerProcess.launch("start", command));
        } catch (IOException e) {
            results.note("skipped: %s: %s".formatted(title, e.getMessage()));
        }
    }

    private void measure(String title, Start start, String launcher) throws IOException {
        long begun = System.nanoTime();
        ServerProcess process = start.now();
        try {
            process.awaitReady(
                    title.equals(QUARKUS) ? Server.QUARKUS.readiness : Server.SPRINGLINE.readiness);
            double seconds = (System.nanoTime() - begun) / 1e9;
            results.add(START, title, READY, seconds);
            if (!title.equals(RUN) && !title.equals(BARE_RUN)) { // their process is Maven
                results.add(START, title, "CPU s", process.cpuSeconds());
                results.add(START, title, RSS, process.rssMegabytes());
            }
            ServiceBench.progress("start, %s: %.2f s".formatted(title, seconds));
            if (title.equals(DISTRIBUTION)) {
                awaitIdle(process);
                commands(launcher, process.port());
            }
        } finally {
            process.kill();
        }
    }

    /** The service compiles its code for some seconds after the start. */
    private static void awaitIdle(ServerProcess process) throws IOException {
        for (int second = 0; second < LONGEST_WAIT_SECONDS; second++) {
            double before = process.cpuSeconds();
            try {
                Thread.sleep(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
            if (process.cpuSeconds() - before < IDLE_CPU) {
                return;
            }
        }
        throw new IOException("the service is not idle a minute after its start");
    }

    /** The first call is not measured: the service serves its first connection. */
    private void commands(String launcher, int port) throws IOException {
        Path log = ServiceBench.OUTPUT.resolve("call.log");
        for (int i = -1; i < COMMANDS; i++) {
            long begun = System.nanoTime();
            Commands.run(
                    log,
                    launcher,
                    "call",
                    "ws://127.0.0.1:%d/mcp".formatted(port),
                    "echo",
                    "{\"message\":\"hello\"}");
            double seconds = (System.nanoTime() - begun) / 1e9;
            if (i >= 0) {
                results.add(START, COMMAND, ENDED, seconds);
                ServiceBench.progress("springline call: %.2f s".formatted(seconds));
            }
        }
    }
}
