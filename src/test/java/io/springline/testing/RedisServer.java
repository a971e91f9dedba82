package io.springline.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real {@code redis-server} on a free loopback port, for all tests of a class; it keeps nothing
 * on disk. Where it is not installed, the tests skip themselves and say what to install.
 */
public final class RedisServer implements BeforeAllCallback, AfterAllCallback {

    private final List<String> settings;
    private int port;
    private @Nullable Process process;

    public RedisServer() {
        this(List.of());
    }

    private RedisServer(List<String> settings) {
        this.settings = settings;
    }

    /**
     * One whose life the caller looks after: {@link #start}, {@link #stop}.
     *
     * @param settings lines of its configuration; with one of {@code sentinel} it is one
     */
    public static RedisServer started(String... settings) throws IOException {
        var server = new RedisServer(List.of(settings));
        server.port = RunningJar.freePort();
        server.start();
        return server;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        port = RunningJar.freePort();
        start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        stop();
    }

    private static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    }

    public int port() {
        return port;
    }

    /** What a service is told to find it. */
    public List<String> arguments() {
        return arguments(port);
    }

    /** The same over something that stands between. */
    public static List<String> arguments(int port) {
        return List.of(
                "--springline.cluster.redis.enabled=true",
                "--spring.data.redis.host=127.0.0.1",
                "--spring.data.redis.port=" + port);
    }

    /** Starts it, again and empty, on its port. */
    public void start() throws IOException {
        assumeTrue(isInstalled(), "skipped: redis-server is not installed (Debian: redis-server)");
        Path folder = Files.createTempDirectory("redis-");
        Path configuration = folder.resolve("redis.conf");
        var lines = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1", "dir " + folder));
        lines.addAll(List.of("save \"\"", "enable-debug-command yes"));
        lines.addAll(settings);
        Files.write(configuration, lines);
        var command = new ArrayList<>(List.of("redis-server", configuration.toString()));
        if (settings.stream().anyMatch(line -> line.startsWith("sentinel "))) {
            command.add("--sentinel");
        }
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> command("PING").equals("+PONG"));
    }

    /** Ends it at once; what it held is lost. */
    public void stop() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            try {
                running.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * From now on it answers nobody, and keeps its connections; {@link #stop} ends it all the same.
     */
    public void freeze() throws IOException, InterruptedException {
        long pid = Objects.requireNonNull(process, "started").pid();
        new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor();
    }

    /** Ends {@link #freeze}. */
    public void thaw() throws IOException, InterruptedException {
        long pid = Objects.requireNonNull(process, "started").pid();
        new ProcessBuilder("kill", "-CONT", Long.toString(pid)).start().waitFor();
    }

    /** How many keys match a pattern. */
    public int keys(String pattern) {
        return Integer.parseInt(
                command("EVAL \"return #redis.call('KEYS',ARGV[1])\" 0 " + pattern).substring(1));
    }

    /** Has it answer nobody for so long. */
    public void pause(Duration time) {
        Thread.ofVirtual().start(() -> command("DEBUG SLEEP " + time.toMillis() / 1000.0));
    }

    /** The first line of its answer; empty when there is none. */
    public String command(String inline) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write((inline + "\r\n").getBytes(StandardCharsets.UTF_8));
            var line = new StringBuilder();
            for (int next; (next = socket.getInputStream().read()) >= 0 && next != '\r'; ) {
                line.append((char) next);
            }
            return line.toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** As {@link #command}, of something that must succeed. */
    public void require(String inline) {
        String answer = command(inline);
        if (answer.isEmpty() || answer.startsWith("-")) {
            throw new UncheckedIOException(new IOException(inline + ": " + answer));
        }
    }
}
