package io.springline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.CuttingProxy;
import io.springline.testing.ImageFolder;
import io.springline.testing.McpPeer;
import io.springline.testing.RunningJar;
import io.springline.testing.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code call}, {@code list} and {@code ping}, as people type them: started as in the image, which
 * is quicker, and for one more of the same kind within this JVM.
 */
@Timeout(120)
class CommandsIT {

    private static final String TOKEN = "tok-ada-4711";
    private static final String HASH =
            "sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4";

    private static RunningJar server;

    @TempDir static Path scratch;

    @BeforeAll
    static void start() throws IOException {
        server =
                new RunningJar(
                        "--spring.profiles.active=conformance",
                        "--springline.features.built-in=true",
                        "--springline.auth.allow-anonymous=true",
                        "--springline.auth.tokens[0].name=ada",
                        "--springline.auth.tokens[0].hash=" + HASH);
        server.ready();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Ended run(String... words) throws Exception {
        return run(Map.of(), "", words);
    }

    private static Ended run(Map<String, String> environment, String in, String... words)
            throws Exception {
        return ended(start(environment, words), in);
    }

    private static Ended ended(Started started, String in) throws Exception {
        try (var stdin = started.process.getOutputStream()) {
            stdin.write(in.getBytes(StandardCharsets.UTF_8));
        }
        return started.ended();
    }

    private record Started(Process process, Path out, Path err) {

        Ended ended() throws Exception {
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("ended").isTrue();
            return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    private static Started start(Map<String, String> environment, String... words)
            throws IOException {
        return start(ImageFolder.command(), environment, words);
    }

    private static Started start(
            List<String> program, Map<String, String> environment, String... words)
            throws IOException {
        var command = new ArrayList<>(List.of(RunningJar.JAVA));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
        command.addAll(program);
        command.addAll(List.of(words));
        Path out = Files.createTempFile(scratch, "out", "");
        Path err = Files.createTempFile(scratch, "err", "");
        var builder = new ProcessBuilder(command).directory(ImageFolder.app().toFile());
        // what a script in a bare environment has
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        return new Started(builder.start(), out, err);
    }

    @Test
    void callPrintsTheResultAndNothingElse() throws Exception {
        assertThat(run("call", server.uri(), "echo", "{\"message\":\"hello\"}"))
                .isEqualTo(new Ended(0, "Echo: hello\n", ""));
    }

    @Test
    void callTakesArgumentsFromStandardInputAndPrintsJson() throws Exception {
        Ended ended =
                run(
                        Map.of(),
                        "{\"message\":\"grüß dich ☃\"}",
                        "call",
                        server.uri(),
                        "echo",
                        "-",
                        "--json");
        assertThat(ended.out())
                .isEqualTo("{\"content\":[{\"type\":\"text\",\"text\":\"Echo: grüß dich ☃\"}]}\n");
    }

    /** The end of the connection must not determine the exit code. */
    @Test
    void aSignalDeterminesTheExitCode() throws Exception {
        Started call =
                start(Map.of(), "call", server.uri(), "count_up", "{\"steps\":1000,\"ms\":20}");
        await().until(() -> Files.size(call.err()) > 0);
        call.process().destroy();
        assertThat(call.ended().exitCode()).isEqualTo(128 + 15);
    }

    @Test
    void progressGoesToStandardError() throws Exception {
        Ended ended = run("call", server.uri(), "count_up", "{\"steps\":4,\"ms\":20}");
        assertThat(ended.out()).isEqualTo("counted to 4\n");
        assertThat(ended.err().lines()).containsExactly("[ 25 %]", "[ 50 %]", "[ 75 %]", "[100 %]");
    }

    @Test
    void aCutInTheMiddleIsSurvived() throws Exception {
        // cut after some 4,000 bytes, with a sign
        try (var proxy = new CuttingProxy(server.port(), 3000, 2)) {
            String uri = "ws://127.0.0.1:%d/mcp".formatted(proxy.port());
            Started started = start(Map.of(), "call", uri, "count_up", "{\"steps\":100,\"ms\":30}");
            await().until(() -> proxy.cuts() > 0);
            proxy.calm();
            Ended ended = started.ended();
            assertThat(ended.out()).isEqualTo("counted to 100\n");
            assertThat(ended.err())
                    .contains("The connection was lost; resuming the session", "[100 %]");
        }
    }

    @Test
    void aFailedToolIsNoResult() throws Exception {
        Ended ended = Ended.here("call", server.uri(), "test_error_handling");
        assertThat(ended.exitCode()).isEqualTo(4);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).isNotBlank();
        Ended json = Ended.here("call", server.uri(), "test_error_handling", "--json");
        assertThat(json.exitCode()).isEqualTo(4);
        assertThat(json.out()).contains("\"isError\":true");
    }

    @Test
    void anErrorSaysWhatToDo() throws Exception {
        Ended unknown = Ended.here("call", server.uri(), "no_such_tool");
        assertThat(unknown.exitCode()).isEqualTo(3);
        assertThat(unknown.err())
                .contains("Unknown tool: no_such_tool", "java -jar springline.jar list");
        Ended late = run("call", server.uri(), "sleep", "{\"ms\":20000}", "--timeout", "1");
        assertThat(late.exitCode()).isEqualTo(5);
        assertThat(late.err()).contains("within 1 s", "--timeout");
        Ended nobody = Ended.here("ping", "ws://127.0.0.1:1/mcp");
        assertThat(nobody.exitCode()).isEqualTo(1);
        assertThat(nobody.err()).contains("cannot be used", "java -jar springline.jar");
        Ended noEndpoint =
                Ended.here("ping", "ws://127.0.0.1:%d/mcp/nothing".formatted(server.port()));
        assertThat(noEndpoint.exitCode()).isEqualTo(1);
        assertThat(noEndpoint.err()).contains("no WebSocket endpoint at this URL", "usually /mcp");
    }

    @Test
    void aMistypedCommandStartsNoService() throws Exception {
        Ended ended = run("lst", server.uri());
        assertThat(ended.err()).contains("'lst'");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void listShowsWhatThereIs() throws Exception {
        Ended tools = run("list", server.uri());
        assertThat(tools.exitCode()).isZero();
        assertThat(tools.out().lines()).anyMatch(line -> line.startsWith("echo(message) "));
        JsonNode json = McpPeer.JSON.readTree(Ended.here("list", server.uri(), "--json").out());
        assertThat(json.valueStream().map(each -> each.path("name").asString()))
                .contains("echo", "count_up");
        assertThat(json.size()).isEqualTo((int) tools.out().lines().count());
        assertThat(Ended.here("list", server.uri(), "prompts").out())
                .contains("test_simple_prompt()");
        assertThat(Ended.here("list", server.uri(), "templates").out()).contains("{id}");
    }

    @Test
    void pingTellsHowLongItTook() throws Exception {
        Ended ended = run("ping", server.uri());
        assertThat(ended.out()).matches("ws://.* answers: connected in [0-9.]+ ms, ping .* ms\n");
        assertThat(ended.err()).isEmpty();
        Ended json = Ended.here("ping", server.uri(), "--json");
        assertThat(McpPeer.JSON.readTree(json.out()).propertyNames())
                .containsExactly("connectMillis", "pingMillis");
    }

    @Test
    void aTokenComesFromTheEnvironmentOrAFile() throws Exception {
        Path file = Files.writeString(scratch.resolve("token"), TOKEN + "\n");
        Path wrong = Files.writeString(scratch.resolve("wrong"), "tok-eve-0000");
        try (var strict =
                new RunningJar(
                        "--springline.auth.tokens[0].name=ada",
                        "--springline.auth.tokens[0].hash=" + HASH)) {
            strict.ready();
            Ended nobody = Ended.here("ping", strict.uri());
            assertThat(nobody.exitCode()).isEqualTo(1);
            assertThat(nobody.err())
                    .contains("--token-env NAME or --token-file PATH")
                    .doesNotContain("another");
            Ended eve = Ended.here("ping", strict.uri(), "--token-file", wrong.toString());
            assertThat(eve.exitCode()).isEqualTo(1);
            assertThat(eve.err()).contains("wrong or has expired").doesNotContain("eve");
            assertThat(Ended.here("ping", strict.uri(), "--token-file", "" + file).exitCode())
                    .isZero();
            assertThat(
                            run(
                                            Map.of("MY_TOKEN", TOKEN),
                                            "",
                                            "ping",
                                            strict.uri(),
                                            "--token-env",
                                            "MY_TOKEN")
                                    .exitCode())
                    .isZero();
        }
    }

    @Test
    void trustsTheAuthorityThatItIsTold() throws Exception {
        TestCertificate certificate = TestCertificate.of("localhost");
        Path pem = scratch.resolve("ca.pem");
        Path key = scratch.resolve("key.pem");
        certificate.write(pem, key);
        try (var tls =
                new RunningJar(
                        "--server.ssl.bundle=own",
                        "--spring.ssl.bundle.pem.own.keystore.certificate=file:"
                                + pem.toAbsolutePath(),
                        "--spring.ssl.bundle.pem.own.keystore.private-key=file:"
                                + key.toAbsolutePath())) {
            String uri = "wss://localhost:%d/mcp".formatted(tls.port());
            await().until(() -> isListening(tls.port()));
            Ended trusted = run("ping", uri, "--cacert", pem.toAbsolutePath().toString());
            assertThat(trusted.exitCode()).as(trusted.err()).isZero();
            Ended untrusted = run("ping", uri);
            assertThat(untrusted.exitCode()).isEqualTo(1);
            assertThat(untrusted.err()).contains("--cacert");
        }
    }

    @Test
    void saysThatAPortDoesNotSpeakTls() throws Exception {
        Ended ended = run("ping", server.uri().replace("ws://", "wss://"));
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err()).contains("does not speak TLS", "ws://").doesNotContain("SSL");
    }

    private static boolean isListening(int port) {
        try (var _ = new Socket("127.0.0.1", port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void helpGoesToStandardOutput() throws Exception {
        assertThat(run("call", "--help").out()).contains("TOOL", "Exit codes: 0 done", "--json");
    }

    @Test
    void startsNeitherSpringNorLoggingNorTlsNorJmx() throws Exception {
        Path classes = scratch.resolve("classes.log");
        Ended ended =
                ended(
                        start(
                                List.of("-jar", RunningJar.jar()),
                                Map.of("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + classes),
                                "ping",
                                server.uri()),
                        "");
        assertThat(ended.exitCode()).isZero();
        assertThat(Files.readString(classes))
                .contains("io.springline.cli.PingCommand")
                .doesNotContain(
                        "org.springframework.context",
                        "org.springframework.beans",
                        "ch.qos.logback",
                        "sun.security.ssl.TrustStoreManager",
                        "com.sun.jmx");
    }

    @Test
    void verboseLogsTheStateOfTheConnection() throws Exception {
        assertThat(run("ping", server.uri(), "--verbose").err())
                .contains("DEBUG springline: state: ");
    }
}
