package io.springline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** From {@code java -jar} to the first answer that says ready, with and without the AOT cache. */
final class StartBench {

    static final String START = "start";
    static final String JAR = "Springline, java -jar";
    static final String EXTRACTED = "Springline, extracted";
    static final String CACHED = "Springline, extracted, AOT cache";

    private final Results results;
    private final Set<Way> ways;

    StartBench(Results results, Set<Way> ways) {
        this.results = results;
        this.ways = ways;
    }

    void run() throws IOException, InterruptedException {
        Map<String, Start> starts = starts();
        for (int round = 1; round <= ServiceBench.ROUNDS; round++) {
            for (var each : starts.entrySet()) {
                measure(each.getKey(), each.getValue());
            }
        }
    }

    private record Start(Server server, ServerProcess.Command command) {}

    private Map<String, Start> starts() throws IOException, InterruptedException {
        var starts = new LinkedHashMap<String, Start>();
        if (ways.contains(Way.QUARKUS_1)) {
            try {
                QuarkusBuild.jar("1.7.2");
                starts.put(
                        "Quarkus MCP 1.7.2",
                        new Start(Server.QUARKUS_1, Server.QUARKUS_1::command));
            } catch (IOException e) {
                results.note("skipped: start of Quarkus MCP 1.7.2: " + e.getMessage());
            }
        }
        String jar = extract().toString();
        Path cache = ServiceBench.OUTPUT.resolve("springline.aot").toAbsolutePath();
        train(jar, cache);
        starts.put(JAR, new Start(Server.SPRINGLINE, Server.SPRINGLINE::command));
        starts.put(EXTRACTED, new Start(Server.SPRINGLINE, port -> Server.springline(jar, port)));
        starts.put(CACHED, new Start(Server.SPRINGLINE, port -> cached(jar, cache, port)));
        return starts;
    }

    private void measure(String title, Start start) throws IOException {
        long begun = System.nanoTime();
        try (var process = ServerProcess.start("start", start.command)) {
            process.awaitReady(start.server.readiness);
            double seconds = (System.nanoTime() - begun) / 1e9;
            results.add(START, title, "s to ready", seconds);
            results.add(START, title, "CPU s", process.cpuSeconds());
            results.add(START, title, "RSS MB", process.rssMegabytes());
            ServiceBench.progress("start, %s: %.2f s".formatted(title, seconds));
        }
    }

    /** The layout that the cache needs: classes in plain jars. */
    private static Path extract() throws IOException, InterruptedException {
        Path folder = ServiceBench.OUTPUT.resolve("extracted").toAbsolutePath();
        Path jar = folder.resolve("springline.jar");
        Files.deleteIfExists(jar);
        Process process =
                new ProcessBuilder(
                                Server.java("java").toString(),
                                "-Djarmode=tools",
                                "-jar",
                                System.getProperty("packaged.jar", "target/springline.jar"),
                                "extract",
                                "--force",
                                "--destination",
                                folder.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ServiceBench.OUTPUT.resolve("extract.log").toFile())
                        .start();
        process.waitFor(2, TimeUnit.MINUTES);
        if (!Files.exists(jar)) {
            throw new IOException("the jar was not extracted, see extract.log");
        }
        return jar;
    }

    /** A run with some connections and calls, whose end writes the cache. */
    private static void train(String jar, Path cache) throws IOException {
        Files.deleteIfExists(cache);
        ServerProcess.Command command =
                port -> with("-XX:AOTCacheOutput=" + cache, Server.springline(jar, port));
        try (var process = ServerProcess.start("training", command)) {
            process.awaitReady(Server.SPRINGLINE.readiness);
            try (var client = new LoadClient(Way.SPRINGLINE, process)) {
                client.open(4);
                client.closedLoop(1, Duration.ZERO, Duration.ofSeconds(1));
            }
        }
        if (!Files.exists(cache)) {
            throw new IOException("no AOT cache was written, see training.log");
        }
        ServiceBench.progress("AOT cache: %d MB".formatted(Files.size(cache) >> 20));
    }

    private static List<String> cached(String jar, Path cache, int port) {
        return with("-XX:AOTCache=" + cache, Server.springline(jar, port));
    }

    private static List<String> with(String option, List<String> command) {
        var words = new ArrayList<>(List.of(option));
        words.addAll(command);
        return words;
    }
}
