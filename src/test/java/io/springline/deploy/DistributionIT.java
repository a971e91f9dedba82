package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.ImageFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code target/springline-<version>.tar.gz}, unpacked into another folder. */
class DistributionIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern ENDPOINT = Pattern.compile("MCP endpoint: (ws://[^, ]+)");

    private record Ended(int exitCode, String out, String err) {}

    @TempDir static Path folder;

    private static Path app;
    private static Process service;
    private static String uri;

    @BeforeAll
    static void start() throws Exception {
        Path unpacked = ImageFolder.distribution();
        String archive = unpacked + ".tar.gz";
        assertThat(run(List.of("tar", "xzf", archive, "-C", folder.toString())))
                .isEqualTo(new Ended(0, "", ""));
        app = folder.resolve(unpacked.getFileName());
        Path log = folder.resolve("service.log");
        service =
                builder(List.of(launcher(), "--server.port=0"))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        uri = await().atMost(PATIENCE).until(() -> endpoint(log), each -> !each.isEmpty());
    }

    @AfterAll
    static void stop() {
        service.destroyForcibly();
    }

    private static String endpoint(Path log) throws IOException {
        String text = Files.readString(log);
        assertThat(service.isAlive()).as(text).isTrue();
        Matcher found = ENDPOINT.matcher(text);
        return found.find() ? found.group(1) : "";
    }

    private static String launcher() {
        return app.resolve("bin/springline").toString();
    }

    private static ProcessBuilder builder(List<String> command) {
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        Map<String, String> environment = builder.environment();
        environment.remove("JDK_JAVA_OPTIONS");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("SPRINGLINE_DRAIN_DELAY", "0s");
        return builder;
    }

    private static Ended run(List<String> command) throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process =
                builder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private static Ended call() throws Exception {
        return run(List.of(launcher(), "call", uri, "echo", "{\"message\":\"hello\"}"));
    }

    @Test
    void servesToolsAndCallsThem() throws Exception {
        assertThat(call()).isEqualTo(new Ended(0, "Echo: hello\n", ""));
    }

    /** One that is damaged would be reported by the JVM. */
    @Test
    void ignoresAnAotCacheOfAnotherJava() throws Exception {
        Path aot = Files.createDirectories(app.resolve("aot"));
        Files.writeString(aot.resolve("release"), "JAVA_VERSION=\"25.0.0\"\n");
        Files.writeString(aot.resolve("commands.aot"), "not a cache");
        assertThat(call()).isEqualTo(new Ended(0, "Echo: hello\n", ""));
    }

    @Test
    void isStartedByALink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of(launcher()));
        assertThat(run(List.of(link.toString(), "--version")).out())
                .matches("(?s)springline \\d+\\.\\d+\\..*");
    }

    /** The build does not depend on the time zone of its machine. */
    @Test
    void hasOneTimeForAllEntriesOfTheJar() throws Exception {
        var times = new HashSet<Instant>();
        var information = new Properties();
        try (var jar = new ZipFile(System.getProperty("packaged.jar"))) {
            ZipEntry file = jar.getEntry("META-INF/build-info.properties");
            information.load(jar.getInputStream(file));
            jar.stream().forEach(each -> instant(each).ifPresent(times::add));
        }
        assertThat(times).isEqualTo(Set.of(Instant.parse(information.getProperty("build.time"))));
    }

    /**
     * Returns the time in the extra field of NTFS, which has a time zone, unlike that of MS-DOS.
     */
    private static Optional<Instant> instant(ZipEntry entry) {
        byte[] extra = entry.getExtra();
        if (extra == null || extra.length < 20) {
            return Optional.empty();
        }
        ByteBuffer fields = ByteBuffer.wrap(extra).order(ByteOrder.LITTLE_ENDIAN);
        if (fields.getShort() != 0x000a) {
            return Optional.empty();
        }
        // in 100 ns since 1601
        long millis = fields.getLong(12) / 10_000;
        return Optional.of(Instant.parse("1601-01-01T00:00:00Z").plusMillis(millis));
    }
}
