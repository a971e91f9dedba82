package io.springline.relay;

import static io.springline.relay.RelayedService.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state of an upstream that is connected follows what it answers. */
class UpstreamProbeIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final CountDownLatch end = new CountDownLatch(1);
    private final ScriptedHttpServer server =
            new ScriptedHttpServer()
                    .result(
                            "tools/list",
                            "{'tools':[{'name':'ask','inputSchema':{'type':'object'}}]}");

    private RelayedService serve(String probeInterval) throws Exception {
        var service =
                new RelayedService(
                        Map.of("web", server),
                        "--springline.relay.upstreams.web.probe-interval=" + probeInterval,
                        "--springline.relay.upstreams.web.timeout=1s");
        service.awaitState("web", "up");
        return service;
    }

    private String silent() throws InterruptedException {
        end.await();
        return null;
    }

    @AfterEach
    void stop() {
        end.countDown();
    }

    private static void awaitDown(RelayedService service) {
        await().atMost(LONG).until(() -> service.view("web").state().equals("down"));
        await().atMost(LONG)
                .untilAsserted(() -> {
                    assertThat(service.view("web").trouble()).isNotEmpty();
                    assertThat(service.text("/actuator/prometheus"))
                            .contains("springline_upstream_up{upstream=\"web\"} 0.0");
                });
    }

    @Test
    void aServerThatIsGoneIsDownWithoutACall() throws Exception {
        try (var service = serve("200ms")) {
            service.stop("web");
            awaitDown(service);
        }
    }

    @Test
    void aFailedCallHasTheUpstreamProbed() throws Exception {
        try (var service = serve("1h");
                var peer = service.legacy("")) {
            service.stop("web");
            assertThat(call(peer, "ask", "{}").has("error")).isTrue();
            awaitDown(service);
        }
    }

    @Test
    void aServerThatFallsSilentIsDown() throws Exception {
        try (var service = serve("200ms")) {
            server.reply("ping", _ -> silent());
            server.reply("tools/list", _ -> silent());
            server.reply("initialize", _ -> silent());
            awaitDown(service);
        }
    }

    @Test
    void aServerThatFallsSilentIsDownWhileClientsKeepCalling() throws Exception {
        try (var service = serve("200ms");
                var peer = service.legacy("")) {
            server.reply("ping", _ -> silent());
            server.reply("tools/list", _ -> silent());
            server.reply("initialize", _ -> silent());
            server.reply("tools/call", _ -> silent());
            for (int id = 1; !service.view("web").state().equals("down"); id++) {
                assertThat(call(peer, "ask", "{}").has("error")).isTrue();
                assertThat(id).as("calls, each of a second").isLessThan(60);
            }
        }
    }

    /** The connection of a session is not the one that is probed regularly. */
    @Test
    void aSilentConnectionOfASessionIsReplaced() throws Exception {
        try (var service =
                        new RelayedService(
                                Map.of("web", server),
                                "--springline.relay.upstreams.web.mode=per-session",
                                "--springline.relay.upstreams.web.timeout=1s");
                var peer = service.legacy("")) {
            assertThat(call(peer, "ask", "{}").has("result")).isTrue();
            int before = server.asked("initialize").size();
            server.reply("ping", _ -> silent());
            server.reply("tools/list", _ -> silent());
            server.reply("tools/call", _ -> silent());
            await().atMost(LONG)
                    .until(() -> {
                        call(peer, "ask", "{}");
                        return server.asked("initialize").size() > before;
                    });
        }
    }

    @Test
    void aServerThatIgnoresPingStaysUp() throws Exception {
        server.reply("ping", _ -> silent());
        try (var service = serve("200ms")) {
            await().atMost(LONG).until(() -> server.asked("ping").size() >= 3);
            assertThat(service.view("web").state()).isEqualTo("up");
            assertThat(server.asked("initialize")).hasSize(1);
        }
    }

    @Test
    void aServerThatComesBackIsUp() throws Exception {
        try (var service = serve("200ms")) {
            server.error("ping", -32603, "x").reply("initialize", _ -> silent());
            server.reply("ping", _ -> silent());
            server.reply("tools/list", _ -> silent());
            awaitDown(service);
            server.result("ping", "{}").result("tools/list", "{'tools':[]}");
            server.result(
                    "initialize",
                    "{'protocolVersion':'2025-11-25','capabilities':{},'serverInfo':{'name':'x','version':'1'}}");
            await().atMost(LONG).until(() -> service.view("web").state().equals("up"));
        }
    }
}
