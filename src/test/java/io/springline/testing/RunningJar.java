package io.springline.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The service as users run it, on a free port: from the image's folder; or by {@code java -jar
 * target/springline.jar} with {@code -Dloader.path}, and for benchmarks.
 */
public final class RunningJar implements AutoCloseable {

    public static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private static final String LOADER_PATH = "-Dloader.path=";

    /** The JVM's options of a benchmark. */
    private static final @Nullable String JVM = System.getProperty("packaged.jvm");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final int port;
    private final Path log;

    public RunningJar(String... arguments) throws IOException {
        this(freePort(), arguments);
    }

    /** On a port that a client knows already, such as that of one that has ended. */
    public RunningJar(int port, String... arguments) throws IOException {
        this(port, List.of(), arguments);
    }

    /** With jars of tools. */
    public RunningJar(int port, List<Path> plugins, String... arguments) throws IOException {
        this(port, null, plugins, arguments);
    }

    /**
     * With jars of tools.
     *
     * @param patch a folder of classes that replace those of the service; null if there are none
     */
    public RunningJar(int port, @Nullable Path patch, List<Path> plugins, String... arguments)
            throws IOException {
        this.port = port;
        log = Files.createTempFile(Path.of("target"), "running-jar-", ".log");
        var command = new ArrayList<>(List.of(JAVA, "-Xmx512m", "-XX:+UseSerialGC"));
        command.add("-Dspringline.drain.delay=0s");
        if (JVM == null) {
            command.add("-ea:io.springline...");
        }
        // a test ends before the second compiler pays; a benchmark wants it
        command.addAll(
                List.of(Objects.requireNonNullElse(JVM, "-XX:TieredStopAtLevel=1").split(" ")));
        List<String> all = List.of(arguments);
        all.stream().filter(RunningJar::isForTheJvm).forEach(command::add);
        command.addAll(program(patch, plugins, all));
        command.add("--server.port=" + port);
        all.stream().filter(each -> !isForTheJvm(each)).forEach(command::add);
        process =
                new ProcessBuilder(command)
                        .directory(
                                (isPacked(all) ? Path.of("") : ImageFolder.app())
                                        .toAbsolutePath()
                                        .toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
    }

    private static boolean isPacked(List<String> arguments) {
        return JVM != null || arguments.stream().anyMatch(each -> each.startsWith(LOADER_PATH));
    }

    private static List<String> program(
            @Nullable Path patch, List<Path> plugins, List<String> arguments) throws IOException {
        if (isPacked(arguments)) {
            return plugins.isEmpty()
                    ? List.of("-jar", jar())
                    : List.of(
                            plugins.stream()
                                    .map(Path::toString)
                                    .collect(Collectors.joining(",", LOADER_PATH, "")),
                            "-jar",
                            jar());
        }
        return ImageFolder.service(patch, plugins);
    }

    private static boolean isForTheJvm(String argument) {
        return argument.startsWith("-D") || argument.startsWith("-X");
    }

    /** The packaged service's path. */
    public static String jar() {
        String jar = System.getProperty("packaged.jar");
        if (jar == null) {
            throw new IllegalStateException("packaged.jar is not set: run by ./mvnw verify");
        }
        return jar;
    }

    /** Waits until the service is ready; one that does not get there is closed. */
    public RunningJar ready() {
        try {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofMillis(200))
                    .until(this::isReady);
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private boolean isReady() throws InterruptedException {
        if (!process.isAlive()) {
            throw new IllegalStateException("the service ended: " + log());
        }
        try {
            return get("/actuator/health/readiness").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    public int port() {
        return port;
    }

    public String uri() {
        return "ws://127.0.0.1:" + port + "/mcp";
    }

    public ProcessHandle process() {
        return process.toHandle();
    }

    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The Java processes that the service has started, and those that these have. */
    public List<ProcessHandle> children() {
        return process.descendants()
                .filter(each -> each.info().command().filter(c -> c.endsWith("/java")).isPresent())
                .toList();
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Whether the JVM has left within this time. */
    public boolean awaitExit(Duration patience) throws InterruptedException {
        return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits for the JVM, whatever its exit code. */
    public int exitCode(Duration patience) throws InterruptedException {
        if (!awaitExit(patience)) {
            throw new IllegalStateException("the service is still running");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        if (log().contains("while a StateLock is held")) {
            throw new AssertionError("an outward call under a lock: " + log());
        }
    }

    /**
     * A port that nobody listens on, below those that the system gives to clients: another test's
     * connections do not take it before the service does. Each of Maven's forks has its own range.
     */
    public static int freePort() throws IOException {
        int range = 20_000 + 2_000 * Integer.getInteger("surefire.forkNumber", 0);
        while (true) {
            int port = range + ThreadLocalRandom.current().nextInt(2_000);
            try (var socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // another one
            }
        }
    }
}
