package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.springline.SpringlineApplication;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolResult;
import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Events;
import io.springline.testing.McpPeer;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Real proxies, as the files in {@code docs/compose} configure them, before the service. */
@Timeout(300)
class ProxyIT {

    private static final Path COMPOSE = Path.of("docs/compose");
    private static final String PROXY = "127.0.0.1";

    private static final String NGINX_DEFAULTS =
            """
            events {}
            http { server { listen 8080; location / { proxy_pass http://node-1:8080; } } }
            """;

    private static ConfigurableApplicationContext service;
    private static volatile CountDownLatch go;
    private static int node;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--springline.websocket.trusted-proxies=" + PROXY,
                                // shorter than the proxies' limits by the ratio that they have in
                                // the files
                                "--springline.websocket.heartbeat.interval=1s",
                                "--springline.http.keep-alive=1s");
        node = port(service);
        service.getBean(Features.class)
                .tools()
                .add(
                        List.of(
                                Tool.named("hold")
                                        .handler((context, _) -> {
                                            context.progress(1, null, null);
                                            go.await();
                                            return ToolResult.text("done");
                                        })));
    }

    private static int port(ConfigurableApplicationContext of) {
        return of.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private interface Command {
        List<String> of(Path configuration);
    }

    private void behind(String file, int port, Command command, ThrowingRunnable test)
            throws Throwable {
        behind(Files.readString(COMPOSE.resolve(file)), file, port, command, test);
    }

    private void behind(String text, String file, int port, Command command, ThrowingRunnable test)
            throws Throwable {
        Path configuration = folder.resolve(file);
        Files.writeString(
                configuration,
                text.replaceAll("node-[12]:8080", "127.0.0.1:" + node)
                        .replaceAll("120s", "4s")
                        .replace("listen 8080;", "listen 127.0.0.1:%d;".formatted(port))
                        .replace("bind :8080", "bind 127.0.0.1:" + port)
                        .replace(
                                "http {",
                                "pid %s/pid;\nerror_log stderr;\nhttp {\naccess_log off;"
                                        .formatted(folder)));
        Process proxy =
                new ProcessBuilder(command.of(configuration))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("log").toFile())
                        .start();
        try {
            await().until(() -> answers(port));
            test.run();
        } finally {
            proxy.destroy();
            if (!proxy.waitFor(10, TimeUnit.SECONDS)) {
                proxy.destroyForcibly();
            }
        }
    }

    private static boolean answers(int port) throws Exception {
        try {
            return Http.send(port, "GET", "/actuator/health").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static void serves(int port) throws Exception {
        var addresses = new ArrayList<String>();
        try (var peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d/mcp".formatted(port),
                        Map.of("X-Forwarded-For", "203.0.113.9"),
                        "mcp")) {
            JsonNode answer =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"echo",\
                            "arguments":{"message":"%s"}}}\
                            """
                                    .formatted(McpPeer.meta("{}"), "x".repeat(100_000)));
            assertThat(answer.at("/result/content/0/text").asString()).endsWith("xxx");
            JsonNode connections =
                    McpPeer.JSON.readTree(Http.send(node, "GET", "/actuator/connections").body());
            connections
                    .get("connections")
                    .forEach(each -> addresses.add(each.get("remoteAddress").asString()));
            // "the client" stands before the proxy, on an address that is trusted here: the proxy
            // adds to its header
            assertThat(addresses).containsExactly("203.0.113.9");
            // longer than the proxy waits for a byte: the heartbeat keeps the connection
            long idleSince = System.nanoTime();
            await().atMost(20, TimeUnit.SECONDS)
                    .until(() -> System.nanoTime() - idleSince > TimeUnit.SECONDS.toNanos(6));
            assertThat(peer.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}").has("result"))
                    .isTrue();
        }
    }

    private static void assumeInstalled(String command) {
        assumeTrue(path(command).isPresent(), command + " is not installed");
    }

    /** Returns the path of a command, which need not be in a folder of PATH. */
    private static Optional<String> path(String command) {
        return Stream.of("/usr/sbin/", "/usr/bin/", "/usr/local/bin/")
                .map(each -> each + command)
                .filter(each -> Files.isExecutable(Path.of(each)))
                .findFirst();
    }

    @Test
    void nginxPassesCallsOnAndKeepsIdleConnections() throws Throwable {
        assumeInstalled("nginx");
        int port = RunningJar.freePort();
        behind("nginx.conf", port, this::nginx, () -> serves(port));
    }

    private List<String> nginx(Path file) {
        return List.of(
                path("nginx").orElseThrow(),
                "-p",
                folder.toString(),
                "-c",
                file.toString(),
                "-g",
                "daemon off;");
    }

    private static List<String> haproxy(Path file) {
        return List.of(path("haproxy").orElseThrow(), "-f", file.toString());
    }

    /** By default it buffers responses and speaks HTTP/1.0 to the service. */
    @Test
    void nginxAtItsDefaultsPassesEventsOnAtOnceAndKeepsLongCalls() throws Throwable {
        assumeInstalled("nginx");
        int port = RunningJar.freePort();
        behind(
                NGINX_DEFAULTS.replace("node-1:8080;", "node-1:8080; proxy_read_timeout 5s;"),
                "defaults.conf",
                port,
                this::nginx,
                () -> keepsALongCall(port));
    }

    @Test
    void haproxyPassesEventsOnAtOnceAndKeepsLongCalls() throws Throwable {
        assumeInstalled("haproxy");
        int port = RunningJar.freePort();
        behind(
                Files.readString(COMPOSE.resolve("haproxy.cfg")).replace("60s", "5s"),
                "haproxy.cfg",
                port,
                ProxyIT::haproxy,
                () -> keepsALongCall(port));
    }

    /** The proxy gives up after 5 s without a byte. */
    private static void keepsALongCall(int port) throws Exception {
        go = new CountDownLatch(1);
        try (var legacy = new HttpPeer(port, "/mcp").initialize("2025-11-25", "{}");
                Events first = legacy.open(withProgress(HttpPeer.call(1, "hold", "{}")));
                Events second =
                        legacy.copy()
                                .with("Mcp-Session-Id", null)
                                .modern("tools/call", "hold")
                                .open(withProgress(HttpPeer.modernCall(1, "hold", "{}")));
                Events standalone = legacy.get()) {
            for (Events each : List.of(first, second)) {
                assertThat(Objects.requireNonNull(each.nextMessage()).data()).contains("progress");
            }
            long since = System.nanoTime();
            await().atMost(60, TimeUnit.SECONDS)
                    .until(() -> System.nanoTime() - since > TimeUnit.SECONDS.toNanos(8));
            go.countDown();
            for (Events each : List.of(first, second)) {
                assertThat(each.rest()).singleElement().asString().contains("\"done\"");
            }
            service.getBean(Features.class)
                    .tools()
                    .add(List.of(Tool.named("new").handler((_, _) -> ToolResult.text("new"))));
            assertThat(Objects.requireNonNull(standalone.nextMessage()).data())
                    .contains("list_changed");
            assertThat(legacy.send("DELETE").statusCode()).isEqualTo(204);
        } finally {
            go.countDown();
            service.getBean(Features.class).tools().remove(List.of("new"));
        }
    }

    private static String withProgress(String call) {
        return call.contains("\"_meta\":{")
                ? call.replace("\"_meta\":{", "\"_meta\":{\"progressToken\":1,")
                : call.replace("\"params\":{", "\"params\":{\"_meta\":{\"progressToken\":1},");
    }

    /**
     * Acceptance test 13 of Streamable HTTP: proxies give up after 60 s without a byte. Both at
     * once, each before the same service at its defaults.
     */
    @Test
    @Tag("slow")
    void bothProxiesCarryACallOf90Seconds() throws Throwable {
        assumeInstalled("nginx");
        assumeInstalled("haproxy");
        try (var unchanged =
                new SpringApplicationBuilder(SpringlineApplication.class).run("--server.port=0")) {
            unchanged
                    .getBean(Features.class)
                    .tools()
                    .add(
                            List.of(
                                    Tool.named("slow")
                                            .handler((_, _) -> {
                                                Thread.sleep(Duration.ofSeconds(90));
                                                return ToolResult.text("done");
                                            })));
            String address = "127.0.0.1:" + port(unchanged);
            String nginx = NGINX_DEFAULTS.replace("node-1:8080", address);
            String haproxy =
                    Files.readString(COMPOSE.resolve("haproxy.cfg"))
                            .replaceAll("node-[12]:8080", address);
            int first = RunningJar.freePort();
            behind(
                    nginx,
                    "slow.conf",
                    first,
                    this::nginx,
                    () -> {
                        int second = RunningJar.freePort();
                        behind(
                                haproxy,
                                "slow.cfg",
                                second,
                                ProxyIT::haproxy,
                                () -> carryACallOf90Seconds(first, second));
                    });
        }
    }

    /** In both eras at each port. */
    private static void carryACallOf90Seconds(int... ports) throws Exception {
        var peers = new ArrayList<HttpPeer>();
        var streams = new ArrayList<Events>();
        try {
            for (int port : ports) {
                HttpPeer peer = new HttpPeer(port, "/mcp").initialize("2025-11-25", "{}");
                peers.add(peer);
                streams.add(peer.open(HttpPeer.call(1, "slow", "{}")));
                streams.add(
                        peer.copy()
                                .with("Mcp-Session-Id", null)
                                .modern("tools/call", "slow")
                                .open(HttpPeer.modernCall(1, "slow", "{}")));
            }
            for (Events each : streams) {
                assertThat(each.status()).isEqualTo(200);
                assertThat(each.rest()).singleElement().asString().contains("\"done\"");
            }
        } finally {
            for (Events each : streams) {
                each.close();
            }
            peers.forEach(HttpPeer::close);
        }
    }

    @Test
    void haproxyPassesCallsOnAndKeepsIdleConnections() throws Throwable {
        assumeInstalled("haproxy");
        int port = RunningJar.freePort();
        behind("haproxy.cfg", port, ProxyIT::haproxy, () -> serves(port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nginx.conf", "haproxy.cfg"})
    void theProxiesKnowTheNodesOfTheComposition(String file) throws IOException {
        String compose = Files.readString(COMPOSE.resolve("compose.yaml"));
        assertThat(compose).contains("  node-1:\n", "  node-2:\n");
        assertThat(Files.readString(COMPOSE.resolve(file))).contains("node-1:8080", "node-2:8080");
    }
}
