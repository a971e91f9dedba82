package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.SocketPeer;
import io.springline.testing.TestAuthorizationServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/**
 * Two replicas call upstreams on behalf of two users of a real authorization server.
 *
 * <p>{@code -Didentity.calls=50000} makes that many mixed calls.
 */
@ExtendWith(OutputCaptureExtension.class)
class CallerIdentityIT {

    private static final int CALLS = Integer.getInteger("identity.calls", 800);
    private static final int TOKENS = Integer.getInteger("identity.tokens", 100);
    private static final String SERVICE = "https://springline.example.com/mcp";
    private static final List<String> USERS = List.of("alice", "bob");

    private static TestAuthorizationServer server;
    private static IdentityUpstream files;
    private static TestHttpUpstream filesServer;
    private static TestHttpUpstream keysServer;
    private static final List<RelayedService> replicas = new ArrayList<>();

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        server = new TestAuthorizationServer();
        files = new IdentityUpstream(server);
        filesServer = new TestHttpUpstream(files);
        keysServer =
                new TestHttpUpstream(asked -> {
                    if (asked.method().equals("tools/list")) {
                        asked.result(
                                "{\"tools\":[{\"name\":\"key\",\"inputSchema\":{\"type\":\"object\"}}]}");
                    } else if (asked.method().equals("tools/call")) {
                        asked.result(
                                "{\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}"
                                        .formatted(asked.header("X-Api-Key")));
                    } else {
                        new ScriptedHttpServer().answer(asked);
                    }
                });
        for (String user : USERS) {
            Files.writeString(folder.resolve(user), "secret-of-" + user + "\n");
        }
        Path values = folder.resolve("keys.json");
        Files.writeString(values, "{\"alice\":\"key-of-alice\",\"bob\":\"key-of-bob\"}");
        List<String> properties = properties(folder, values);
        for (int i = 0; i < 2; i++) {
            replicas.add(new RelayedService(Map.of(), properties.toArray(String[]::new)));
        }
    }

    private static List<String> properties(Path folder, Path values) {
        String jwt = "--spring.security.oauth2.resourceserver.jwt.";
        String up = "--springline.relay.upstreams.";
        var properties =
                new ArrayList<>(
                        List.of(
                                "--logging.level.io.springline.audit=info",
                                jwt + "jwk-set-uri=" + server.jwksUri(),
                                jwt + "audiences=" + SERVICE,
                                up + "files.url=" + filesServer.url(),
                                up + "files.auth.type=token-exchange",
                                up + "files.auth.issuer-uri=" + server.issuer(),
                                up + "files.auth.client-id=" + TestAuthorizationServer.CLIENT,
                                up + "files.auth.client-secret=" + TestAuthorizationServer.SECRET,
                                up + "files.auth.scopes=read",
                                up + "files.auth.resource=" + IdentityUpstream.AUDIENCE,
                                up + "other.url=" + filesServer.url(),
                                up + "other.prefix=true",
                                up + "other.auth.type=token-exchange",
                                up + "other.auth.issuer-uri=" + server.issuer(),
                                up + "other.auth.client-id=" + TestAuthorizationServer.CLIENT,
                                up + "other.auth.client-secret=" + TestAuthorizationServer.SECRET,
                                up + "other.auth.scopes=read",
                                up + "other.auth.resource=https://other.example.com/mcp",
                                up + "passed.url=" + filesServer.url(),
                                up + "passed.prefix=true",
                                up + "passed.auth.type=passthrough",
                                up + "passed.auth.audience=" + IdentityUpstream.AUDIENCE,
                                up + "keys.url=" + keysServer.url(),
                                up + "keys.auth.type=per-principal",
                                up + "keys.auth.header=X-Api-Key",
                                up + "keys.auth.file=" + values,
                                up + "process.command=" + StdioServer.java(),
                                up + "process.args[0]=-cp",
                                up + "process.args[1]=" + StdioServer.classPath(),
                                up + "process.args[2]=" + EnvironmentServer.class.getName(),
                                up + "process.auth.type=per-principal",
                                up + "process.auth.env=USER_TOKEN",
                                up + "process.auth.folder=" + folder));
        return properties;
    }

    @AfterAll
    static void stop() {
        replicas.forEach(RelayedService::close);
        keysServer.close();
        filesServer.close();
        server.close();
        LoggingSystem.get(CallerIdentityIT.class.getClassLoader())
                .setLogLevel("io.springline.audit", LogLevel.OFF);
    }

    private static String token(String user, String... scopes) {
        return server.token(user, SERVICE, Duration.ofMinutes(30), scopes);
    }

    private static SocketPeer connect(int replica, String endpoint, String token) throws Exception {
        return replicas.get(replica).legacyWith(token, endpoint);
    }

    /** Waits for an upstream that needs longer to connect than a call waits. */
    private static void awaitText(SocketPeer peer, String tool, String expected) {
        await().atMost(Duration.ofSeconds(60)).until(() -> text(peer, tool).equals(expected));
    }

    private static String text(SocketPeer peer, String tool) throws Exception {
        JsonNode answer = RelayedService.call(peer, tool, "{}");
        JsonNode text = answer.at("/result/content/0/text");
        return text.isMissingNode() ? answer.toString() : text.asString();
    }

    @Test
    void crossesNoIdentityInMixedCallsOnTwoReplicas() throws Exception {
        var wrong = new AtomicInteger();
        var works = new ArrayList<Callable<Void>>();
        for (int i = 0; i < 8; i++) {
            String user = USERS.get(i % 2);
            int replica = i / 2 % 2;
            works.add(() -> {
                try (SocketPeer peer = connect(replica, "", token(user, "read"))) {
                    awaitText(peer, "whoami", user);
                    awaitText(peer, "key", "key-of-" + user);
                    for (int call = 0; call < CALLS / 8; call++) {
                        String seen = call % 2 == 0 ? text(peer, "whoami") : text(peer, "key");
                        if (!seen.equals(call % 2 == 0 ? user : "key-of-" + user)) {
                            wrong.incrementAndGet();
                        }
                    }
                }
                return null;
            });
        }
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (Future<Void> each : threads.invokeAll(works)) {
                each.get();
            }
        }
        assertThat(wrong).hasValue(0);
        assertThat(files.crossed).hasValue(0);
    }

    @Test
    void keepsOneConnectionWhileTokensRotate() throws Exception {
        int before = server.tokenRequests();
        for (int i = 0; i < TOKENS; i++) {
            String user = USERS.get(i % 2);
            try (SocketPeer peer = connect(0, "/files", token(user, "read"))) {
                awaitText(peer, "whoami", user);
            }
        }
        assertThat(replicas.getFirst().view("files").connections())
                .isLessThanOrEqualTo(USERS.size());
        assertThat(server.tokenRequests() - before).isLessThanOrEqualTo(USERS.size());
    }

    @Test
    void namesTheRefusalOfAnExchangeAndServesOtherCallers() throws Exception {
        String token = token("carol", "read");
        server.forget("carol");
        try (SocketPeer carol = connect(1, "/files", token);
                SocketPeer alice = connect(1, "/files", token("alice", "read"))) {
            await().untilAsserted(() ->
                    assertThat(text(carol, "whoami"))
                            .contains("the authorization server refuses it: invalid_grant"));
            awaitText(alice, "whoami", "alice");
        }
    }

    @Test
    void namesAnUpstreamThatRejectsTheAudienceOfAToken() throws Exception {
        try (SocketPeer peer = connect(0, "/other", token("alice", "read"))) {
            await().untilAsserted(() ->
                    assertThat(text(peer, "other_whoami"))
                            .contains("upstream rejects the credentials (HTTP 401)"));
            assertThat(replicas.getFirst().view("other").authTrouble())
                    .contains("rejects the credential")
                    .doesNotContain("alice");
        }
    }

    @Test
    void listsWhatTheUpstreamOffersToTheCaller() throws Exception {
        for (String user : USERS) {
            try (SocketPeer peer = connect(1, "/files", token(user, "read"))) {
                awaitText(peer, "whoami", user);
                assertThat(
                                RelayedService.names(
                                        RelayedService.list(peer, "tools/list", "tools"), "name"))
                        .containsExactly("whoami", "of_" + user);
                String other = user.equals("alice") ? "of_bob" : "of_alice";
                assertThat(text(peer, other)).contains("Unknown tool");
            }
        }
    }

    @Test
    void givesEachPrincipalAProcessWithItsOwnValue() throws Exception {
        for (String user : USERS) {
            try (SocketPeer peer = connect(0, "/process", token(user))) {
                awaitText(peer, "variable", "secret-of-" + user);
            }
        }
        try (SocketPeer peer = connect(0, "/process", token("carol"))) {
            assertThat(text(peer, "variable"))
                    .contains("Upstream 'process': there is no credential for this principal");
        }
    }

    @Test
    void passesATokenOnlyToAnUpstreamThatItNames() throws Exception {
        try (SocketPeer peer = connect(0, "/passed", token("alice"))) {
            assertThat(text(peer, "passed_whoami"))
                    .contains("its audience does not name the upstream")
                    .contains(IdentityUpstream.AUDIENCE);
        }
        assertThat(files.seenTokens)
                .noneMatch(token ->
                        TestAuthorizationServer.claims(token)
                                .path("aud")
                                .toString()
                                .contains(SERVICE));
    }

    @Test
    void namesTheCallerAndTheCredentialInTheAuditLogButNoToken(CapturedOutput output)
            throws Exception {
        String token = token("bob", "read");
        try (SocketPeer peer = connect(0, "/files", token)) {
            awaitText(peer, "whoami", "bob");
        }
        assertThat(output.getAll())
                .containsPattern("upstream.call.*files.*bob.*token-exchange of client springline")
                .doesNotContain(token)
                .doesNotContain("key-of-bob")
                .doesNotContain("secret-of-bob");
    }
}
