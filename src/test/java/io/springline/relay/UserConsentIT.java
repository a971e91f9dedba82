package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.ConsentBrowser;
import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestAuthorizationServer;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An upstream that is called with the consent of its callers at a real authorization server. Each
 * test has users of its own.
 */
class UserConsentIT {

    private static final String UP = "--springline.relay.upstreams.files.";
    private static final String DOCS = "--springline.relay.upstreams.docs.";
    private static final String INNER = "--springline.relay.upstreams.inner.";
    private static final Pattern LINK =
            Pattern.compile(
                    "https://mcp[.]example[.]com/springline/consent/[?]link=[A-Za-z0-9_.-]+");

    private static TestAuthorizationServer server;
    private static IdentityUpstream upstream;
    private static TestHttpUpstream upstreamServer;
    private static TestHttpUpstream docs;
    private static volatile IdentityUpstream docsUpstream;
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        server = new TestAuthorizationServer();
        upstream = new IdentityUpstream(server);
        upstreamServer = new TestHttpUpstream(upstream);
        docs = new TestHttpUpstream(UserConsentIT::answerOfDocs);
        docsUpstream = new IdentityUpstream(server, docs.url().toString());
        service = new RelayedService(Map.of(), properties().toArray(String[]::new));
    }

    private static List<String> properties() throws Exception {
        var properties =
                new ArrayList<>(
                        RelayedService.principals(
                                TestAuthorizationServer.USERS.toArray(String[]::new)));
        properties.addAll(
                Arrays.asList(
                        "--springline.auth.public-url=" + ConsentBrowser.PUBLIC_URL,
                        UP + "url=" + upstreamServer.url(),
                        UP + "auth.type=authorization-code",
                        UP + "auth.issuer-uri=" + server.issuer(),
                        UP + "auth.client-id=" + TestAuthorizationServer.CLIENT,
                        UP + "auth.client-secret=" + TestAuthorizationServer.SECRET,
                        UP + "auth.scopes=read",
                        UP + "auth.timeout=60s",
                        UP + "auth.resource=" + IdentityUpstream.AUDIENCE,
                        "--springline.call-limits.rules[0].tools=connect_docs",
                        "--springline.call-limits.rules[0].per=tool",
                        "--springline.call-limits.rules[0].concurrent=1",
                        DOCS + "url=" + docs.url(),
                        DOCS + "auth.type=authorization-code",
                        DOCS + "auth.timeout=60s",
                        DOCS + "auth.allow-private-addresses=true",
                        INNER + "url=" + docs.url(),
                        INNER + "auth.type=authorization-code"));
        return properties;
    }

    @AfterAll
    static void stop() {
        service.close();
        upstreamServer.close();
        docs.close();
        server.close();
    }

    /** An upstream that names its authorization server, as MCP's chapter on authorization says. */
    private static void answerOfDocs(TestHttpUpstream.Asked asked) throws Exception {
        if (asked.target().equals("/mcp/metadata")) {
            asked.json(
                    200,
                    "{\"resource\":\"%s\",\"authorization_servers\":[\"%s\"]}"
                            .formatted(docs.url(), server.issuer()));
            return;
        }
        asked.set(
                "WWW-Authenticate",
                "Bearer error=\"invalid_token\", resource_metadata=\"%s/metadata\""
                        .formatted(docs.url()));
        docsUpstream.answer(asked);
    }

    private SocketPeer legacy(String user, String capabilities) throws Exception {
        return legacy(user, "files", capabilities);
    }

    private static SocketPeer legacy(String user, String upstream, String capabilities)
            throws Exception {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d/mcp/%s".formatted(service.port(), upstream),
                        Map.of("Authorization", "Bearer tok-" + user),
                        "mcp");
        peer.initialize("2025-11-25", capabilities);
        return peer;
    }

    /** The first lists may come without the tools of an upstream that takes long to connect. */
    private static void awaitTools(SocketPeer peer, String... expected) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(tools(peer)).containsExactly(expected));
    }

    private static List<String> tools(SocketPeer peer) throws Exception {
        return RelayedService.names(RelayedService.list(peer, "tools/list", "tools"), "name");
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString("");
    }

    private static String link(String text) {
        Matcher link = LINK.matcher(text);
        assertThat(link.find()).as(text).isTrue();
        return link.group();
    }

    /** Returns the link that a call of this user is answered with. */
    private String linkOf(String user) throws Exception {
        return linkOf(user, "files");
    }

    private static String linkOf(String user, String upstream) throws Exception {
        try (SocketPeer peer = legacy(user, upstream, "{}")) {
            awaitTools(peer, "connect_" + upstream);
            return link(text(RelayedService.call(peer, "connect_" + upstream, "{}")));
        }
    }

    private ConsentBrowser browser() {
        return new ConsentBrowser(service.port());
    }

    /** Calls without a client that can open URLs. */
    private String whoami(String user) throws Exception {
        try (SocketPeer peer = legacy(user, "{}")) {
            awaitTools(peer, "whoami", "of_" + user);
            return text(RelayedService.call(peer, "whoami", "{}"));
        }
    }

    @Test
    void givesALinkToAClientThatCannotOpenUrlsAndServesTheNextCall() throws Exception {
        HttpResponse<String> page = browser().consent(linkOf("alice"), "tok-alice", "alice");
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(page.body()).contains("Your consent is saved");
        assertThat(whoami("alice")).isEqualTo("alice");
        assertThat(linkOf("bob")).isNotEmpty();
    }

    @Test
    void goesOnByItselfAfterAUrlElicitationOfALegacyClient() throws Exception {
        try (SocketPeer peer = legacy("carol", "{\"elicitation\":{\"url\":{}}}")) {
            awaitTools(peer, "connect_files");
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"connect_files\",\"arguments\":{}}}");
            JsonNode asked = peer.receive();
            while (!asked.path("method").asString("").equals("elicitation/create")) {
                asked = peer.receive();
            }
            assertThat(asked.at("/params/mode").asString()).isEqualTo("url");
            assertThat(asked.at("/params/elicitationId").asString()).isNotEmpty();
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"accept\"}}"
                            .formatted(asked.get("id")));
            browser().consent(link(asked.at("/params/url").asString()), "tok-carol", "carol");
            JsonNode answer = peer.receive();
            while (!answer.path("id").toString().equals("7")) {
                answer = peer.receive();
            }
            assertThat(text(answer)).isNotEmpty().doesNotContain("consent");
            awaitTools(peer, "whoami", "of_carol");
            assertThat(text(RelayedService.call(peer, "whoami", "{}"))).isEqualTo("carol");
        }
    }

    @Test
    void goesOnWithTheRepeatedRequestOfAModernClient() throws Exception {
        String meta = McpPeer.meta("{\"elicitation\":{\"url\":{}}}");
        try (SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d/mcp/files".formatted(service.port()),
                        Map.of("Authorization", "Bearer tok-dave"),
                        "mcp")) {
            String call =
                    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"connect_files\",\"arguments\":{}%s,%s}}";
            peer.send(call.formatted(1, "", meta));
            JsonNode asked = peer.receive();
            assertThat(asked.at("/result/resultType").asString()).isEqualTo("input_required");
            JsonNode request = asked.at("/result/inputRequests").iterator().next();
            browser().consent(link(request.at("/params/url").asString()), "tok-dave", "dave");
            peer.send(
                    call.formatted(
                            2,
                            ",\"inputResponses\":{\"springline/consent\":{\"action\":\"accept\"}}",
                            meta));
            assertThat(text(peer.receive())).isNotEmpty().doesNotContain("consent");
        }
        assertThat(whoami("dave")).isEqualTo("dave");
    }

    @Test
    void refusesALinkOfAnotherUser() throws Exception {
        HttpResponse<String> answer = browser().open(linkOf("erin"), "tok-bob");
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("not for you");
        assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
        assertThat(browser().open(linkOf("erin"), "wrong").statusCode()).isEqualTo(401);
    }

    @Test
    void refusesTheAnswerOfAnotherBrowser() throws Exception {
        // frank sends bob to the authorization server with her own request
        URI authorization = browser().begin(linkOf("frank"), "tok-frank");
        ConsentBrowser bob = browser();
        HttpResponse<String> page = bob.back(bob.signIn(authorization, "bob"));
        assertThat(page.statusCode()).isEqualTo(400);
        assertThat(page.body()).contains("no request of this browser");
        assertThat(linkOf("frank")).isNotEmpty();
    }

    @Test
    void acceptsAnAnswerOnce() throws Exception {
        ConsentBrowser grace = browser();
        URI back = grace.signIn(grace.begin(linkOf("grace"), "tok-grace"), "grace");
        assertThat(grace.back(back).statusCode()).isEqualTo(200);
        HttpResponse<String> again = grace.back(back);
        assertThat(again.statusCode()).isEqualTo(400);
        assertThat(again.body()).contains("used before");
    }

    @Test
    void refusesAnotherStateIssuerOrUpstream() throws Exception {
        ConsentBrowser heidi = browser();
        String back = heidi.signIn(heidi.begin(linkOf("heidi"), "tok-heidi"), "heidi").toString();
        String state = back.replaceAll(".*[?&]state=([^&]+).*", "$1");
        for (String wrong :
                List.of(
                        back.replace(state, state + "x"),
                        back.replace(state, state.split("[.]")[0]),
                        back.replace("state=" + state, "other=1"),
                        back + "&state=" + state,
                        back.replace("/callback/files", "/callback/other"))) {
            assertThat(heidi.back(URI.create(wrong)).statusCode()).as(wrong).isEqualTo(400);
        }
        String issuer = back.replaceAll("&iss=[^&]*", "") + "&iss=https://evil.example.com";
        HttpResponse<String> page = heidi.back(URI.create(issuer));
        assertThat(page.body()).contains("not from the authorization server");
        assertThat(heidi.back(URI.create(back)).statusCode()).isEqualTo(400);
        assertThat(linkOf("heidi")).isNotEmpty();
    }

    @Test
    void showsConsentsToTheirOwnerAndRevokesThem() throws Exception {
        browser().consent(linkOf("ivan"), "tok-ivan", "ivan");
        assertThat(whoami("ivan")).isEqualTo("ivan");
        assertThat(consents("ivan").at("/consents/0/upstream").asString()).isEqualTo("files");
        assertThat(consents("ivan").toString()).doesNotContain("eyJ");
        assertThat(consents("bob").at("/consents")).isEmpty();
        assertThat(revoke("bob")).isEqualTo(404);
        assertThat(whoami("ivan")).isEqualTo("ivan");
        assertThat(revoke("ivan")).isEqualTo(204);
        try (SocketPeer peer = legacy("ivan", "{}")) {
            assertThat(RelayedService.call(peer, "whoami", "{}").toString())
                    .contains("needs your consent");
        }
    }

    @Test
    void refreshesATokenThatTheUpstreamNoLongerAcceptsAndAsksAgainIfThatFails() throws Exception {
        browser().consent(linkOf("judy"), "tok-judy", "judy");
        assertThat(whoami("judy")).isEqualTo("judy");
        upstream.revoked.addAll(tokensOf("judy"));
        assertThat(whoami("judy")).isEqualTo("judy");
        assertThat(tokensOf("judy")).hasSize(2);
        server.forget("judy");
        upstream.revoked.addAll(tokensOf("judy"));
        try (SocketPeer peer = legacy("judy", "{\"elicitation\":{\"url\":{}}}")) {
            tools(peer);
            // refused again, but at most one token is replaced in 10 s
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> isAskedAgain(peer));
        }
    }

    private static boolean isAskedAgain(SocketPeer peer) throws Exception {
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":\"c-%d\",\"method\":\"tools/call\",\"params\":{\"name\":\"whoami\",\"arguments\":{}}}"
                        .formatted(System.nanoTime()));
        JsonNode next = peer.receive();
        while (!next.has("id")) {
            next = peer.receive();
        }
        return next.path("method").asString("").equals("elicitation/create");
    }

    private static List<String> tokensOf(String user) {
        return upstream.seenTokens.stream()
                .filter(each ->
                        TestAuthorizationServer.claims(each).path("sub").asString("").equals(user))
                .toList();
    }

    @Test
    void findsTheAuthorizationServerAndRegistersThere() throws Exception {
        String opened = browser().open(linkOf("kim", "docs"), "tok-kim").body();
        assertThat(JsonMapper.shared().readTree(opened).path("issuer").asString())
                .isEqualTo(server.issuer().toString());
        HttpResponse<String> page = browser().consent(linkOf("kim", "docs"), "tok-kim", "kim");
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        try (SocketPeer peer = legacy("kim", "docs", "{}")) {
            awaitTools(peer, "whoami", "of_kim");
        }
    }

    @Test
    void requestsNoPrivateAddressThatOnlyTheUpstreamNames() throws Exception {
        HttpResponse<String> answer = browser().open(linkOf("kim", "inner"), "tok-kim");
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("is not named in the configuration");
    }

    @Test
    void holdsNoSlotOfACallLimitWhileItWaits() throws Exception {
        try (SocketPeer waiting = legacy("erin", "docs", "{\"elicitation\":{\"url\":{}}}")) {
            awaitTools(waiting, "connect_docs");
            waiting.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"connect_docs\",\"arguments\":{}}}");
            JsonNode asked = waiting.receive();
            while (!asked.path("method").asString("").equals("elicitation/create")) {
                asked = waiting.receive();
            }
            waiting.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"accept\"}}"
                            .formatted(asked.get("id")));
            assertThat(RelayedService.ask(waiting, "ping", "{}").has("result")).isTrue();
            assertThat(linkOf("bob", "docs")).isNotEmpty();
        }
    }

    private JsonNode consents(String user) throws Exception {
        return JsonMapper.shared().readTree(api("GET", "consents", user).body());
    }

    private int revoke(String user) throws Exception {
        return api("DELETE", "consents/files", user).statusCode();
    }

    private HttpResponse<String> api(String method, String path, String user) throws Exception {
        return Http.send(
                service.port(),
                method,
                "/springline/consent/api/" + path,
                "Authorization",
                "Bearer tok-" + user);
    }
}
