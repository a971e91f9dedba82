package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.SocketPeer;
import io.springline.testing.TestAuthorizationServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Upstreams that Springline calls with an access token of its own. */
class ClientCredentialsIT {

    private static final String AUTH = "--springline.relay.upstreams.files.auth.";
    private static TestAuthorizationServer server;

    @BeforeAll
    static void start() {
        server = new TestAuthorizationServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static List<String> properties(String... more) {
        var properties =
                new ArrayList<>(
                        List.of(
                                AUTH + "type=client-credentials",
                                AUTH + "client-id=" + TestAuthorizationServer.CLIENT,
                                AUTH + "client-secret=" + TestAuthorizationServer.SECRET,
                                AUTH + "scopes=read",
                                AUTH + "resource=" + IdentityUpstream.AUDIENCE));
        properties.addAll(List.of(more));
        return properties;
    }

    private static RelayedService service(TestHttpUpstream.Script files, List<String> properties)
            throws Exception {
        Map<String, TestHttpUpstream.Script> upstreams = new LinkedHashMap<>();
        upstreams.put("files", files);
        return new RelayedService(upstreams, properties.toArray(String[]::new));
    }

    /** An upstream is up before its lists are read. */
    private static void awaitTool(SocketPeer peer, String tool) {
        await().untilAsserted(() ->
                assertThat(
                                RelayedService.names(
                                        RelayedService.list(peer, "tools/list", "tools"), "name"))
                        .contains(tool));
    }

    private static String whoami(SocketPeer peer) throws Exception {
        return RelayedService.call(peer, "whoami", "{}").at("/result/content/0/text").asString();
    }

    @Test
    void callsWithATokenOfTheIssuerThatIsRequestedOnce() throws Exception {
        var upstream = new IdentityUpstream(server);
        int before = server.tokenRequests();
        try (var service =
                service(
                        upstream,
                        properties(AUTH + "issuer-uri=" + server.issuer(), AUTH + "timeout=60s"))) {
            service.awaitState("files", "up");
            SocketPeer peer = service.legacy("");
            awaitTool(peer, "whoami");
            for (int i = 0; i < 20; i++) {
                assertThat(whoami(peer)).isEqualTo(TestAuthorizationServer.CLIENT);
            }
            assertThat(server.tokenRequests() - before).isEqualTo(1);
            assertThat(upstream.seenTokens).hasSize(1);
            assertThat(service.view("files").auth()).isEqualTo("client-credentials");
            assertThat(service.view("files").authTrouble()).isNull();
        }
    }

    @Test
    void replacesATokenThatTheUpstreamNoLongerAccepts() throws Exception {
        var upstream = new IdentityUpstream(server);
        try (var service =
                service(
                        upstream,
                        properties(AUTH + "token-uri=" + server.issuer() + "/oauth2/token"))) {
            service.awaitState("files", "up");
            SocketPeer peer = service.legacy("");
            awaitTool(peer, "whoami");
            assertThat(whoami(peer)).isEqualTo(TestAuthorizationServer.CLIENT);
            upstream.revoked.addAll(upstream.seenTokens);
            assertThat(whoami(peer)).isEqualTo(TestAuthorizationServer.CLIENT);
            assertThat(upstream.seenTokens).hasSize(2);
        }
    }

    @Test
    void namesTheRefusalOfTheAuthorizationServerAndNoSecret() throws Exception {
        try (var service =
                service(
                        new IdentityUpstream(server),
                        properties(
                                AUTH + "issuer-uri=" + server.issuer(),
                                AUTH + "client-secret=wrong-secret-of-springline"))) {
            await().untilAsserted(() ->
                    assertThat(service.view("files").authTrouble())
                            .isEqualTo(
                                    "no access token: the authorization server refuses it: invalid_client"));
            assertThat(service.text("/actuator/prometheus"))
                    .containsPattern(
                            "springline_upstream_auth_failures_total\\{reason=\"refused\",upstream=\"files\"\\} [1-9]");
            assertThat(service.text("/actuator/health"))
                    .contains("invalid_client")
                    .doesNotContain("wrong-secret");
        }
    }

    @Test
    void servesOtherUpstreamsWhileTheAuthorizationServerIsSilent() throws Exception {
        var other =
                new ScriptedHttpServer()
                        .result(
                                "tools/list",
                                "{'tools':[{'name':'repeat','inputSchema':{'type':'object'}}]}");
        var talks = new CountDownLatch(1);
        server.beforeToken(_ -> {
            try {
                talks.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Map<String, TestHttpUpstream.Script> upstreams = new LinkedHashMap<>();
        upstreams.put("files", new IdentityUpstream(server));
        upstreams.put("other", other);
        try (var service =
                new RelayedService(
                        upstreams,
                        properties(AUTH + "issuer-uri=" + server.issuer(), AUTH + "timeout=5s")
                                .toArray(String[]::new))) {
            service.awaitState("other", "up");
            SocketPeer peer = service.legacy("");
            awaitTool(peer, "repeat");
            assertThat(
                            RelayedService.call(peer, "repeat", "{}")
                                    .at("/result/content/0/text")
                                    .asString())
                    .isEqualTo("called");
            await().until(() -> service.view("files").authTrouble() != null);
            assertThat(service.view("files").authTrouble())
                    .isEqualTo(
                            "no access token: the authorization server did not answer within 5 s");
            talks.countDown();
            service.awaitState("files", "up");
        } finally {
            talks.countDown();
            server.beforeToken(_ -> {});
        }
    }
}
