package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.CompiledPlugin;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process ends after SIGTERM, whatever is stuck in it. */
class StuckStopIT {

    private static final String SOURCE =
            """
            package stuck;

            import org.springframework.boot.autoconfigure.AutoConfiguration;
            import org.springframework.context.annotation.Bean;

            @AutoConfiguration
            public class StuckPlugin {

                @Bean(destroyMethod = "close")
                Stuck stuck() {
                    return new Stuck();
                }

                public static class Stuck {
                    public void close() {
                        synchronized (this) {
                            while (true) {
                                try {
                                    wait();
                                } catch (InterruptedException e) {
                                    // stuck for good
                                }
                            }
                        }
                    }
                }
            }
            """;

    private static final String SCHEDULED =
            """
            package stuck;

            import org.springframework.boot.autoconfigure.AutoConfiguration;
            import org.springframework.context.annotation.Bean;
            import org.springframework.scheduling.annotation.Scheduled;

            @AutoConfiguration
            public class StuckPlugin {

                @Bean
                Stuck stuck() {
                    return new Stuck();
                }

                public static class Stuck {
                    @Scheduled(fixedDelay = 1000, initialDelay = 3000, scheduler = "springlineScheduler")
                    public synchronized void run() {
                        while (true) {
                            try {
                                wait();
                            } catch (InterruptedException e) {
                                // stuck for good
                            }
                        }
                    }
                }
            }
            """;

    private static final String OPEN =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}";

    @TempDir Path folder;

    @Test
    @Tag("slow")
    void endsAfterAllResumableClientsWereResetWhileAnswersWereDue() throws Exception {
        try (var service =
                new RunningJar(
                                "--spring.profiles.active=conformance",
                                "--springline.drain.timeout=5s",
                                "--springline.websocket.connection-rate-per-address=100000/s")
                        .ready()) {
            for (int round = 0; round < 4; round++) {
                List<RawSocket> clients = new ArrayList<>();
                for (int i = 0; i < 150; i++) {
                    var client = new RawSocket(service.port(), "/mcp");
                    client.sendText(OPEN);
                    client.read(RawSocket.TEXT);
                    clients.add(client);
                }
                for (RawSocket client : clients) {
                    for (int call = 0; call < 4; call++) {
                        client.sendText(
                                """
                                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"sleep","arguments":{"ms":300}}}\
                                """
                                        .formatted(call, McpPeer.meta("{}")));
                    }
                }
                // As soon as the first answers come.
                clients.getFirst().read(RawSocket.TEXT);
                for (RawSocket client : clients) {
                    client.reset();
                }
            }
            service.terminate();
            assertThat(service.awaitExit(Duration.ofSeconds(60))).as(service.log()).isTrue();
            assertThat(service.log())
                    .contains("drain: all connections are closed")
                    .doesNotContain("has not stopped in time");
        }
    }

    @Test
    void endsByForceAlthoughABeanNeverStops() throws Exception {
        Path plugins = CompiledPlugin.pack(folder, "stuck.StuckPlugin", SOURCE);
        try (var service =
                        new RunningJar("-Dloader.path=" + plugins, "--springline.drain.timeout=1s")
                                .ready();
                var peer = SocketPeer.connect(service.uri())) {
            assertThat(peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"springline/open\"}"))
                    .isNotNull();
            service.terminate();
            assertThat(service.awaitExit(Duration.ofSeconds(60))).as(service.log()).isTrue();
            assertThat(service.log()).contains("has not stopped in time");
        }
    }

    @Test
    @Tag("slow")
    void failsLivenessAndStopsWithAStuckScheduledTask() throws Exception {
        Path plugins = CompiledPlugin.pack(folder, "stuck.StuckPlugin", SCHEDULED);
        try (var service =
                new RunningJar("-Dloader.path=" + plugins, "--springline.drain.timeout=1s")
                        .ready()) {
            assertThat(service.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> service.get("/actuator/health/liveness").statusCode() == 503);
            assertThat(service.log())
                    .contains("the scheduler has stopped", "stuck.StuckPlugin$Stuck.run");
            service.terminate();
            assertThat(service.awaitExit(Duration.ofSeconds(60))).as(service.log()).isTrue();
        }
    }
}
