package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.config.StdioCommand;
import io.springline.session.SessionRegistry;
import io.springline.testing.Memory;
import io.springline.transport.websocket.Connections;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * One principal does whatever it may, another one must not notice: no failed call, nothing of the
 * first one's in its inbox. Afterwards nothing is left of the first. For a minute: {@code
 * -Dhostile.seconds=60}.
 */
class HostilePrincipalIT {

    private static final int SECONDS = Integer.getInteger("hostile.seconds", 4);

    /** In the short form few at a time, since other tests share the machine. */
    private static final int AT_A_TIME = SECONDS < 60 ? 5 : 20;

    private static final String HOSTILE = "hostile-token-4711";
    private static final String BYSTANDER = "bystander-token-4712";

    private static ConfigurableApplicationContext service;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "--server.port=0",
                                "--spring.profiles.active=conformance",
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
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        port = Integer.parseInt(service.getEnvironment().getProperty("local.server.port"));
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        service.getBean(Upstreams.class).all().stream()
                                .allMatch(each -> each.tools() > 0));
    }

    private static List<String> upstream(String name) {
        StdioCommand command = StdioServer.command();
        String prefix = "--springline.relay.upstreams." + name + ".";
        var arguments =
                new ArrayList<>(
                        List.of(prefix + "command=" + command.command(), prefix + "prefix=true"));
        for (int i = 0; i < command.args().size(); i++) {
            arguments.add(prefix + "args[" + i + "]=" + command.args().get(i));
        }
        return arguments;
    }

    private static String hash(String token) throws Exception {
        byte[] hash =
                MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        return "sha256:" + HexFormat.of().formatHex(hash);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Test
    void aPrincipalAtItsLimitsDisturbsNobody() throws Exception {
        try (var bystander = new Bystander(port, BYSTANDER, "10.0.0.1")) {
            bystander.begin();
            awaitCalls(bystander);
            bystander.latency(); // warm now
            awaitCalls(bystander);
            System.out.println("bystander alone: " + bystander.latency());
            long heap = Memory.usedAfterGc();
            int threads = Thread.activeCount();
            try (var hostile = new HostilePrincipal(port, HOSTILE, "10.0.0.66", AT_A_TIME)) {
                hostile.begin();
                Instant end = Instant.now().plusSeconds(SECONDS);
                await().atMost(Duration.ofSeconds(SECONDS + 120L))
                        .until(() -> {
                            bystander.requireServed();
                            return hostile.hasTriedAll() && Instant.now().isAfter(end);
                        });
                System.out.println(
                        "bystander beside the hostile principal: " + bystander.latency());
                System.out.println("attacks, and how often: " + hostile.rounds());
            }
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> {
                        assertThat(service.getBean(Connections.class).all())
                                .noneMatch(each -> each.caller().name().contains("hostile"));
                        assertThat(service.getBean(SessionRegistry.class).all())
                                .noneMatch(each -> each.caller().name().contains("hostile"));
                        assertThat(Thread.activeCount()).isLessThan(threads + 20);
                        assertThat(Memory.usedAfterGc()).isLessThan(heap + (64 << 20));
                    });
            bystander.latency();
            awaitCalls(bystander);
            System.out.println("bystander afterwards: " + bystander.latency());
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
