package io.springline.relay;

import static io.springline.relay.RelayedService.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.auth.token.TokenHash;
import io.springline.reload.ConfigurationReload;
import io.springline.reload.Reloadable;
import io.springline.testing.HttpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import io.springline.transport.TrustedProxies;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.web.MockHttpServletRequest;
import tools.jackson.databind.JsonNode;

/** Tokens, allow-lists and roles that change while clients are connected. */
@Timeout(480)
class ReloadAccessIT {

    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir Path folder;

    private ConfigurableApplicationContext service;

    @AfterEach
    void stop() {
        if (service != null) {
            service.close();
        }
    }

    private void start(String yaml) throws Exception {
        write(yaml);
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--spring.config.additional-location=file:" + folder + "/",
                                "--springline.reload.watch=false");
    }

    private void write(String yaml) throws Exception {
        Files.writeString(folder.resolve("application.yml"), yaml);
    }

    private void reload(String yaml) throws Exception {
        write(yaml);
        var done = service.getBean(ConfigurationReload.class).reload();
        assertThat(done.fault()).isNull();
        assertThat(done.needsRestart()).isEmpty();
    }

    private int port() {
        return service.getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    private static String token(String name, String token, String roles) {
        return """
              - name: %s
                hash: sha256:%s
                roles: [%s]
        """
                .formatted(name, TokenHash.of(token), roles)
                .indent(-2);
    }

    private static String tokens(String... entries) {
        return "springline:\n  auth:\n    tokens:\n" + String.join("", entries);
    }

    private static Map<String, String> bearer(String token) {
        return Map.of("Authorization", "Bearer " + token);
    }

    private SocketPeer connect(String token) throws Exception {
        SocketPeer peer =
                SocketPeer.connect("ws://127.0.0.1:%d/mcp".formatted(port()), bearer(token), "mcp");
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    private int status(String token) throws Exception {
        try (var http = new HttpPeer(port(), "/mcp")) {
            return http.with("Authorization", "Bearer " + token)
                    .modern("tools/list", null)
                    .post(
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                                    .formatted(HttpPeer.MODERN))
                    .statusCode();
        }
    }

    @Test
    void closesTheConnectionsOfARemovedAndOfAChangedTokenOnly() throws Exception {
        String bob = token("bob", "bob-token", "reader");
        start(
                tokens(
                        token("alice", "alice-token", "reader"),
                        bob,
                        token("carol", "carol-token", "reader, writer"),
                        token("team", "team-token-1", "reader"),
                        token("team", "team-token-2", "reader")));
        try (var alice = connect("alice-token");
                var kept = connect("bob-token");
                var carol = connect("carol-token");
                var first = connect("team-token-1");
                var second = connect("team-token-2");
                var http = new HttpPeer(port(), "/mcp")) {
            var stream =
                    http.with("Authorization", "Bearer alice-token")
                            .initialize("2025-11-25", "{}")
                            .get();
            assertThat(stream.status()).isEqualTo(200);
            reload(
                    tokens(
                            bob,
                            token("carol", "carol-token", "reader"),
                            token("team", "team-token-2", "reader"),
                            token("alice", "alice-next", "reader")));
            assertThat(alice.awaitClose()).isEqualTo(4401);
            assertThat(carol.awaitClose()).isEqualTo(4401);
            assertThat(first.awaitClose()).isEqualTo(4401);
            await().atMost(LONG).until(() -> stream.next() == null);
            assertThat(ask(kept, "ping", "{}").has("result")).isTrue();
            assertThat(ask(second, "ping", "{}").has("result")).isTrue();
        }
        assertThat(status("alice-token")).isEqualTo(401);
        assertThat(status("alice-next")).isEqualTo(200);
        assertThat(status("team-token-1")).isEqualTo(401);
        try (var again = connect("carol-token")) {
            assertThat(ask(again, "ping", "{}").has("result")).isTrue();
        }
    }

    @Test
    void doesNotServeAMessageOfAWithdrawnToken() throws Exception {
        start(tokens(token("alice", "alice-token", ""), token("bob", "bob-token", "")));
        try (var alice = connect("alice-token")) {
            reload(tokens(token("bob", "bob-token", "")));
            alice.send("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}");
            assertThat(alice.awaitClose()).isEqualTo(4401);
            assertThat(alice.poll(0)).isNull();
        }
    }

    @Test
    void appliesNothingOfAVersionWithAnUpstreamThatLacksThePublicUrl() throws Exception {
        start(tokens(token("alice", "alice-token", "")));
        write(
                tokens(token("bob", "bob-token", ""))
                        + """
                          relay:
                            upstreams:
                              drive:
                                url: http://127.0.0.1:9/mcp
                                auth:
                                  type: authorization-code
                        """);
        assertThat(service.getBean(ConfigurationReload.class).reload().fault())
                .contains("springline.auth.public-url");
        assertThat(status("alice-token")).isEqualTo(200);
        assertThat(status("bob-token")).isEqualTo(401);
    }

    @Test
    void replacesAllTokensWithoutAMomentOfAnonymousAccess() throws Exception {
        start(tokens(token("t0", "token-0", "")));
        var going = new AtomicBoolean(true);
        var tries = new AtomicInteger();
        var leak = new AtomicReference<Integer>();
        Thread stranger =
                Thread.ofVirtual()
                        .start(() -> {
                            while (going.get()) {
                                try {
                                    int status = status("wrong");
                                    if (status != 401 && status != 429) {
                                        leak.set(status);
                                    }
                                    tries.incrementAndGet();
                                } catch (Exception e) {
                                    leak.set(-1);
                                }
                            }
                        });
        try {
            for (int i = 1; i <= 4; i++) {
                reload(tokens(token("t" + i, "token-" + i, "")));
                int before = tries.get();
                await().atMost(LONG).until(() -> tries.get() > before || leak.get() != null);
            }
        } finally {
            going.set(false);
            stranger.join();
        }
        assertThat(leak.get()).isNull();
        assertThat(status("token-4")).isEqualTo(200);
    }

    @Test
    void appliesAllowListsToTheNextRequest() throws Exception {
        start("springline:\n  websocket:\n    allowed-origins: [a.example]\n");
        assertThat(upgrade("Origin: https://b.example")).isEqualTo(403);
        assertThat(upgrade("Host: b.example")).isEqualTo(403);
        assertThat(preflight("https://b.example")).isEqualTo(403);
        reload(
                """
                springline:
                  websocket:
                    allowedOrigins: [b.example]
                    allowed-hosts: [b.example, 127.0.0.1]
                    trusted-proxies: [127.0.0.0/8]
                """);
        assertThat(upgrade("Origin: https://b.example")).isEqualTo(101);
        assertThat(upgrade("Origin: https://a.example")).isEqualTo(403);
        assertThat(upgrade("Host: b.example")).isEqualTo(101);
        assertThat(preflight("https://b.example")).isEqualTo(204);
        assertThat(forwarded()).startsWith("203.0.113.7");
        reload("springline:\n  websocket:\n    allowed-hosts: [localhost, 127.0.0.1]\n");
        assertThat(upgrade("Origin: https://b.example")).isEqualTo(403);
        assertThat(upgrade("Host: b.example")).isEqualTo(403);
        assertThat(forwarded()).startsWith("127.0.0.1");
    }

    @Test
    void withdrawsFromAllowListsBeforeOtherPartsAreApplied() throws Exception {
        start(
                """
                springline:
                  websocket:
                    allowed-origins: [a.example, b.example]
                    allowed-hosts: [127.0.0.1, a.example]
                    trusted-proxies: [127.0.0.0/8]
                """);
        assertThat(upgrade("Origin: https://a.example")).isEqualTo(101);
        assertThat(upgrade("Host: a.example")).isEqualTo(101);
        assertThat(forwarded()).startsWith("203.0.113.7");
        Reloadable lists =
                service.getBeanProvider(Reloadable.class).stream()
                        .filter(each ->
                                each.prefixes().contains("springline.websocket.allowed-hosts"))
                        .findFirst()
                        .orElseThrow();
        var change =
                lists.prepare(
                        new MockEnvironment()
                                .withProperty(
                                        "springline.websocket.allowed-origins",
                                        "https://b.example,c.example")
                                .withProperty(
                                        "springline.websocket.allowed-hosts",
                                        "127.0.0.1,b.example"));
        change.withdraw();
        assertThat(upgrade("Origin: https://a.example")).isEqualTo(403);
        assertThat(upgrade("Origin: https://b.example")).isEqualTo(101);
        assertThat(upgrade("Origin: https://c.example")).isEqualTo(403);
        assertThat(upgrade("Host: a.example")).isEqualTo(403);
        assertThat(upgrade("Host: b.example")).isEqualTo(403);
        assertThat(forwarded()).startsWith("127.0.0.1");
        change.apply();
        assertThat(upgrade("Origin: https://c.example")).isEqualTo(101);
        assertThat(upgrade("Host: b.example")).isEqualTo(101);
    }

    /** Returns the address that counts for a request which a proxy has forwarded. */
    private String forwarded() {
        var request = new MockHttpServletRequest();
        request.setRemoteAddr("127.0.0.1");
        request.addHeader("X-Forwarded-For", "203.0.113.7");
        return service.getBean(TrustedProxies.class).clientOf(request).toString();
    }

    private int upgrade(String header) throws Exception {
        try (var socket = new RawSocket(port(), "/mcp", header)) {
            return socket.status();
        }
    }

    private int preflight(String origin) throws Exception {
        try (var http = new HttpPeer(port(), "/mcp")) {
            return http.with("Origin", origin)
                    .with("Access-Control-Request-Method", "POST")
                    .send("OPTIONS")
                    .statusCode();
        }
    }

    private static String attach(String... tokens) {
        return "springline:\n  attach:\n    tokens:\n" + String.join("", tokens);
    }

    private static String attachToken(String name, String token) {
        return "      - name: %s\n        hash: sha256:%s\n".formatted(name, TokenHash.of(token));
    }

    @Test
    void closesServersOfARemovedAndOfAChangedAttachTokenOnly() throws Exception {
        String kept = attachToken("kept", "kept-token");
        start(attach(kept, attachToken("gone", "gone-token"), attachToken("next", "old-token")));
        try (var keptServer = server("kept-token", "a");
                var goneServer = server("gone-token", "b");
                var nextServer = server("old-token", "c")) {
            reload(attach(kept, attachToken("next", "new-token")));
            assertThat(goneServer.awaitClose()).isEqualTo(4401);
            assertThat(nextServer.awaitClose()).isEqualTo(4401);
            assertThat(upgradeOfServer("gone-token")).isEqualTo(401);
            assertThat(upgradeOfServer("old-token")).isEqualTo(401);
            try (var again = server("new-token", "c")) {
                assertThat(again.closeCode()).isNull();
            }
            assertThat(keptServer.closeCode()).isNull();
            assertThat(attached()).contains("a").doesNotContain("b");
        }
    }

    @Test
    void closesAServerWhoseTokenWasChangedDuringItsHandshake() throws Exception {
        start(attach(attachToken("next", "old-token")));
        try (var late = attaching("old-token", "c&instance=i")) {
            JsonNode asked = late.receive();
            reload(attach(attachToken("next", "new-token")));
            try (var server = server("new-token", "c&instance=i", "c")) {
                answerInitialize(late, asked);
                assertThat(late.awaitClose()).isEqualTo(4401);
                assertThat(server.closeCode()).isNull();
                assertThat(attached()).containsExactly("c");
            }
        }
    }

    private List<String> attached() {
        return service.getBean(AttachedUpstreams.class).all().stream()
                .map(AttachedUpstreams.View::name)
                .toList();
    }

    private int upgradeOfServer(String token) throws Exception {
        try (var socket = new RawSocket(port(), "/mcp/attach?name=x&token=" + token)) {
            return socket.status();
        }
    }

    private SocketPeer server(String token, String name) throws Exception {
        return server(token, name, name);
    }

    /** Returns a server that has answered what it was asked, and has its name. */
    private SocketPeer server(String token, String query, String name) throws Exception {
        SocketPeer peer = attaching(token, query);
        answerInitialize(peer, peer.receive());
        await().atMost(LONG).until(() -> attached().contains(name));
        return peer;
    }

    private SocketPeer attaching(String token, String name) throws Exception {
        return SocketPeer.connect(
                "ws://127.0.0.1:%d/mcp/attach?name=%s&token=%s".formatted(port(), name, token));
    }

    private static void answerInitialize(SocketPeer peer, JsonNode asked) {
        peer.send(
                """
                {"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25",\
                "serverInfo":{"name":"t","version":"1"},"capabilities":{}}}\
                """
                        .formatted(asked.get("id")));
    }

    @Test
    void neverOffersToNewRolesWhatTheSameReloadHides() throws Exception {
        String many =
                IntStream.range(0, 500)
                        .mapToObj(
                                "{\"name\":\"t%d\",\"inputSchema\":{\"type\":\"object\"}}"
                                        ::formatted)
                        .collect(Collectors.joining(","));
        try (var upstream =
                new TestHttpUpstream(asked -> {
                    switch (asked.method()) {
                        case "initialize" ->
                                asked.result(
                                        """
                                        {"protocolVersion":"2025-06-18","serverInfo":\
                                        {"name":"t","version":"1"},"capabilities":{"tools":{}}}\
                                        """);
                        case "tools/list" ->
                                asked.result(
                                        """
                                        {"tools":[%s,{"name":"secret",\
                                        "inputSchema":{"type":"object"}}]}\
                                        """
                                                .formatted(many));
                        case "tools/call" ->
                                asked.result(
                                        "{\"content\":[{\"type\":\"text\",\"text\":\"done\"}]}");
                        default -> asked.status(asked.verb().equals("POST") ? 404 : 405);
                    }
                })) {
            String shown = endpoint(upstream.url().toString(), "staff", "t9");
            String hidden = endpoint(upstream.url().toString(), "staff, guest", "secret");
            start(shown);
            await().atMost(LONG).until(() -> call("staff-token").contains("done"));
            var going = new AtomicBoolean(true);
            var tries = new AtomicInteger();
            var leak = new AtomicReference<String>();
            Thread guest =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (going.get()) {
                                    try {
                                        String answer = call("guest-token");
                                        if (answer.contains("done")) {
                                            leak.set(answer);
                                        }
                                    } catch (Exception e) {
                                        leak.set(e.toString());
                                    }
                                    tries.incrementAndGet();
                                }
                            });
            try {
                for (int i = 0; i < 6; i++) {
                    int before = tries.get();
                    reload(i % 2 == 0 ? hidden : shown);
                    await().atMost(LONG).until(() -> tries.get() >= before + 2);
                    if (i % 2 == 0) {
                        assertThat(call("guest-token")).contains("Unknown tool");
                    }
                }
            } finally {
                going.set(false);
                guest.join();
            }
            assertThat(leak.get()).isNull();
        }
    }

    private static String endpoint(String url, String roles, String excluded) {
        return """
        springline:
          requests:
            rate: 100000/s
          websocket:
            connection-rate-per-address: 100000/s
          relay:
            upstreams:
              many:
                url: %s
          endpoints:
            team:
              upstreams: [many]
              roles: [%s]
              tools:
                exclude: [%s]
          auth:
            tokens:
        """
                        .formatted(url, roles, excluded)
                + token("staff", "staff-token", "staff")
                + token("guest", "guest-token", "guest");
    }

    private String call(String token) throws Exception {
        try (var http = new HttpPeer(port(), "/mcp/team")) {
            return http.with("Authorization", "Bearer " + token)
                    .modern("tools/call", "secret")
                    .post(HttpPeer.modernCall(1, "secret", "{}"))
                    .body();
        }
    }
}
