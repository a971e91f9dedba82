package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.config.StdioCommand;
import io.springline.testing.Http;
import io.springline.testing.RunningJar;
import io.springline.testing.ThreadDumps;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * One principal does whatever it may, another one must not notice: no failed call, nothing of the
 * first one's in its inbox. Afterwards nothing is left of the first. Service, hostile principal and
 * bystander are processes of their own, so that they share neither heap nor carrier threads. For a
 * minute: {@code -Dhostile.seconds=60}; with options of the service's JVM: {@code
 * -Dhostile.service="-XX:StartFlightRecording=filename=/tmp/h.jfr"}; with properties of the
 * service: {@code -Dhostile.properties=}; as an attacker on a machine of its own, which takes no
 * processor from the service: {@code -Dhostile.nice=19}; with some attacks only: {@code
 * -Dhostile.attacks="nothing read"}.
 */
class HostilePrincipalIT {

    private static final int SECONDS = Integer.getInteger("hostile.seconds", 4);

    private static final String HOSTILE = "hostile-token-4711";
    private static final String BYSTANDER = "bystander-token-4712";
    private static final String OPERATOR = "operator-token-4713";

    private static RunningJar service;

    @BeforeAll
    static void start() throws Exception {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--spring.profiles.active=conformance",
                                "--springline.auth.tokens[2].name=operator",
                                "--springline.auth.tokens[2].roles=operator",
                                "--springline.auth.tokens[2].hash=" + hash(OPERATOR),
                                "--springline.auth.tokens[0].name=hostile",
                                "--springline.auth.tokens[0].hash=" + hash(HOSTILE),
                                "--springline.auth.tokens[1].name=bystander",
                                "--springline.auth.tokens[1].hash=" + hash(BYSTANDER),
                                "--springline.auth.ticket.enabled=true",
                                "--springline.websocket.trusted-proxies=127.0.0.1",
                                "--springline.websocket.max-message-size=1MB",
                                "--springline.websocket.max-connections-per-principal=32",
                                "--springline.websocket.write-timeout=1s",
                                "--springline.requests.max-in-flight=64",
                                "--springline.requests.max-parked=200",
                                "--springline.requests.input-timeout=60s",
                                "--springline.session.grace=20s",
                                "--springline.session.max-detached=50"));
        arguments.addAll(upstream("shared"));
        arguments.addAll(upstream("own"));
        arguments.add("--springline.relay.upstreams.own.mode=per-session");
        arguments.add("--springline.relay.upstreams.own.max-processes=8");
        arguments.addAll(words("hostile.service"));
        arguments.addAll(words("hostile.properties"));
        service = new RunningJar(arguments.toArray(String[]::new)).ready();
        await().until(() -> {
            String upstreams = operator("/actuator/upstreams");
            return !upstreams.contains("\"tools\":0") && upstreams.contains("\"tools\":");
        });
    }

    private static List<String> words(String property) {
        return Arrays.stream(System.getProperty(property, "").split(" "))
                .filter(each -> !each.isEmpty())
                .toList();
    }

    private static String operator(String path) throws Exception {
        return Http.send(service.port(), "GET", path, "Authorization", "Bearer " + OPERATOR).body();
    }

    private static List<String> upstream(String name) {
        StdioCommand command = StdioServer.command();
        String prefix = "--springline.relay.upstreams." + name + ".";
        var arguments =
                new ArrayList<>(
                        List.of(prefix + "command=" + command.command(), prefix + "prefix=true"));
        for (int i = 0; i < command.args().size(); i++) {
            String argument = command.args().get(i);
            String absolute = argument.contains(".jar") ? classPath() : argument;
            arguments.add(prefix + "args[" + i + "]=" + absolute);
        }
        return arguments;
    }

    /** That of this test: the service runs in a folder of its own. */
    private static String classPath() {
        return Arrays.stream(StdioServer.classPath().split(":"))
                .map(each -> Path.of(each).toAbsolutePath().toString())
                .collect(Collectors.joining(":"));
    }

    private static String hash(String token) throws Exception {
        byte[] hash =
                MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        return "sha256:" + HexFormat.of().formatHex(hash);
    }

    @AfterAll
    static void stop() throws Exception {
        if (service != null) {
            service.terminate(); // a flight recording is written
            service.awaitExit(Duration.ofSeconds(20));
            service.close();
        }
    }

    /** {@link HostilePrincipal#main} in a process of its own. */
    private static final class Attacker implements AutoCloseable {

        private final Process process;

        Attacker() throws Exception {
            var command = new ArrayList<>(List.of(StdioServer.java(), "-Xmx1g", "-cp"));
            command.addAll(List.of(classPath(), HostilePrincipal.class.getName()));
            command.addAll(List.of(Integer.toString(service.port()), HOSTILE, "10.0.0.66"));
            command.add(System.getProperty("hostile.attacks", ""));
            String nice = System.getProperty("hostile.nice");
            if (nice != null) {
                command.addAll(0, List.of("nice", "-n", nice));
            }
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
        }

        /** Blocks until each attack has been tried, or the process has ended. */
        String awaitAllTried() throws Exception {
            return process.inputReader().readLine();
        }

        /** Returns how often each attack was tried. */
        String end() throws Exception {
            process.getOutputStream().close();
            return process.inputReader().readLine();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void aPrincipalAtItsLimitsDisturbsNobody() throws Exception {
        var dumps = new ThreadDumps(service.process());
        try (var bystander = new Bystander(service.port(), BYSTANDER, "10.0.0.1")) {
            bystander.begin();
            awaitCalls(bystander);
            bystander.latency(); // warm now
            awaitCalls(bystander);
            System.out.println("bystander alone: " + bystander.latency());
            long heap = dumps.usedHeap();
            dumps.stuck();
            int threads = dumps.threads();
            try (var attacker = new Attacker()) {
                Instant end = Instant.now().plusSeconds(SECONDS);
                var tried = new Thread(() -> awaitQuietly(attacker));
                tried.start();
                bystander.latency();
                await().atMost(Duration.ofSeconds(SECONDS + 120L))
                        .until(() -> {
                            bystander.requireServed();
                            return !tried.isAlive() && Instant.now().isAfter(end);
                        });
                System.out.println(
                        "bystander beside the hostile principal: " + bystander.latency());
                System.out.println("attacks, and how often: " + attacker.end());
            }
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> {
                        assertThat(operator("/actuator/connections")).doesNotContain("hostile");
                        dumps.stuck();
                        assertThat(dumps.threads()).isLessThan(threads + 20);
                        assertThat(dumps.usedHeap()).isLessThan(heap + (64 << 10));
                    });
            System.out.printf(
                    "heap before and afterwards: %d and %d KB; threads %d and %d%n",
                    heap, dumps.usedHeap(), threads, dumps.threads());
            bystander.latency();
            awaitCalls(bystander);
            System.out.println("bystander afterwards: " + bystander.latency());
        }
    }

    private static void awaitQuietly(Attacker attacker) {
        try {
            attacker.awaitAllTried();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitCalls(Bystander bystander) {
        await().atMost(Duration.ofSeconds(120))
                .until(() -> {
                    bystander.requireServed();
                    return bystander.calls() >= 50 * Math.max(1, SECONDS / 4);
                });
    }
}
