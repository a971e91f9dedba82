package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.springline.testing.Dockerfile;
import io.springline.testing.Http;
import io.springline.testing.ImageFolder;
import io.springline.testing.RunningJar;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the Dockerfile makes of the distribution starts as an unprivileged user in a folder that it
 * cannot write to, with environment variables only.
 */
class ImageIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir static Path folder;

    private static Dockerfile dockerfile;
    private static Path app;

    @BeforeAll
    static void build() throws Exception {
        dockerfile = Dockerfile.read();
        app = folder.resolve("app");
        // where the user may read it; with the times that the cache knows
        run(folder, List.of("cp", "-a", ImageFolder.app().toString(), app.toString()));
        run(folder, List.of("chmod", "-R", "a+rX,a-w", app.toString()));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Runs to its end, with the output. */
    private static String run(Path directory, List<String> command) throws Exception {
        Process process = builder(directory, command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private static ProcessBuilder builder(Path directory, List<String> command) {
        return new ProcessBuilder(command).directory(directory.toFile());
    }

    /** As the image starts it, but for tini; the cache must be valid. */
    private static Process start(File output, Map<String, String> environment, String... arguments)
            throws IOException {
        var command = new ArrayList<String>();
        if (System.getProperty("user.name").equals("root")) {
            String[] user = dockerfile.last("USER").text().split(":");
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=" + user[0],
                            "--regid=" + user[1],
                            "--clear-groups",
                            "--no-new-privs"));
        }
        String launcher = dockerfile.last("ENTRYPOINT").exec().getLast();
        command.add(launcher.replaceFirst("^/app", app.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                builder(app, command).redirectErrorStream(true).redirectOutput(output);
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment()
                .put("JDK_JAVA_OPTIONS", dockerfile.env("JDK_JAVA_OPTIONS") + " -XX:AOTMode=on");
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void startsUnprivilegedOnAReadOnlyFolderByItsEnvironmentAlone() throws Exception {
        int port = RunningJar.freePort();
        File output = folder.resolve("service.log").toFile();
        Process service =
                start(
                        output,
                        Map.of(
                                "SERVER_PORT",
                                String.valueOf(port),
                                "SPRINGLINE_DRAIN_DELAY",
                                "0s",
                                "SPRINGLINE_AUTH_TOKENS_0_NAME",
                                "ada",
                                "SPRINGLINE_AUTH_TOKENS_0_HASH",
                                ConfigMapTest.TOKEN_HASH));
        try {
            await().atMost(PATIENCE).until(() -> isReady(service, output, port));
            assertThat(callAsTheTestPod("ws://127.0.0.1:%d/mcp".formatted(port)))
                    .contains("Echo: hello");
            service.destroy();
            assertThat(service.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(service.exitValue()).isEqualTo(143);
        } finally {
            service.destroyForcibly();
        }
    }

    private static boolean isReady(Process service, File output, int port) throws Exception {
        assertThat(service.isAlive()).as(Files.readString(output.toPath())).isTrue();
        try {
            return Http.send(port, "GET", "/actuator/health/readiness").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** What the pod of {@code helm test} does. */
    private static String callAsTheTestPod(String uri) throws Exception {
        List<String> arguments =
                Chart.byDefault()
                        .set("auth.existingSecret", "tokens")
                        .set("test.existingSecret", "token")
                        .set("test.url", uri)
                        .render()
                        .one(Pod.class)
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getArgs();
        File output = folder.resolve("call.log").toFile();
        Process call =
                start(
                        output,
                        Map.of("SPRINGLINE_TOKEN", "secret"),
                        arguments.toArray(String[]::new));
        assertThat(call.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(output.toPath());
        assertThat(call.exitValue()).as(said).isZero();
        return said;
    }
}
