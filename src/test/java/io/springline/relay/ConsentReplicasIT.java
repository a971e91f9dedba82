package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.Chromium;
import io.springline.testing.ConsentBrowser;
import io.springline.testing.Http;
import io.springline.testing.RedisServer;
import io.springline.testing.SocketPeer;
import io.springline.testing.TcpProxy;
import io.springline.testing.TestAuthorizationServer;
import io.springline.testing.TestCertificate;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import tools.jackson.databind.JsonNode;

/**
 * The consent of users at two replicas with a real Redis and a real authorization server, once in a
 * real browser. Each test has users of its own.
 */
class ConsentReplicasIT {

    private static final String UP = "--springline.relay.upstreams.files.";
    private static final Pattern LINK =
            Pattern.compile(
                    ConsentBrowser.PUBLIC_URL + "/springline/consent/[?]link=[A-Za-z0-9_.-]+");

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static TestAuthorizationServer server;
    private static IdentityUpstream upstream;
    private static TestHttpUpstream upstreamServer;
    private static RelayedService first;
    private static RelayedService second;

    @BeforeAll
    static void start() throws Exception {
        server = new TestAuthorizationServer();
        upstream = new IdentityUpstream(server);
        upstreamServer = new TestHttpUpstream(upstream);
        first = replica();
        second = replica();
    }

    private static RelayedService replica() throws Exception {
        var properties =
                new ArrayList<>(
                        RelayedService.principals(
                                "alice", "bob", "carol", "dave", "erin", "operator"));
        properties.addAll(REDIS.arguments());
        properties.addAll(
                List.of(
                        "--springline.auth.public-url=" + ConsentBrowser.PUBLIC_URL,
                        "--springline.websocket.allowed-hosts=mcp.example.com,127.0.0.1",
                        "--springline.consent.keys[0]=a-secret-of-at-least-32-characters",
                        UP + "url=" + upstreamServer.url(),
                        UP + "auth.type=authorization-code",
                        UP + "auth.issuer-uri=" + server.issuer(),
                        UP + "auth.client-id=" + TestAuthorizationServer.CLIENT,
                        UP + "auth.client-secret=" + TestAuthorizationServer.SECRET,
                        UP + "auth.scopes=read",
                        UP + "auth.timeout=60s",
                        UP + "auth.resource=" + IdentityUpstream.AUDIENCE));
        return new RelayedService(Map.of(), properties.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
        upstreamServer.close();
        server.close();
    }

    /** Connects a client that can open URLs. */
    private static SocketPeer connect(RelayedService replica, String user) throws Exception {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d/mcp/files".formatted(replica.port()),
                        Map.of("Authorization", "Bearer tok-" + user),
                        "mcp");
        peer.initialize("2025-11-25", "{\"elicitation\":{\"url\":{}}}");
        return peer;
    }

    private static JsonNode next(SocketPeer peer) throws Exception {
        JsonNode next = peer.receive();
        while (!next.has("id")) {
            next = peer.receive();
        }
        return next;
    }

    /** Calls the tool that asks for a consent, and returns the link; the call waits. */
    private static String ask(SocketPeer peer) throws Exception {
        await().untilAsserted(() ->
                assertThat(
                                RelayedService.names(
                                        RelayedService.list(peer, "tools/list", "tools"), "name"))
                        .containsExactly("connect_files"));
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"connect_files\",\"arguments\":{}}}");
        JsonNode asked = next(peer);
        assertThat(asked.path("method").asString()).isEqualTo("elicitation/create");
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"accept\"}}"
                        .formatted(asked.get("id")));
        Matcher link = LINK.matcher(asked.at("/params/url").asString());
        assertThat(link.find()).as(asked.toString()).isTrue();
        return link.group();
    }

    private static String text(JsonNode answer) {
        JsonNode text = answer.at("/result/content/0/text");
        return text.isMissingNode() ? answer.toString() : text.asString();
    }

    /** Calls until the upstream has answered: its connection may need longer than a call waits. */
    private static void awaitWhoami(RelayedService replica, String user) throws Exception {
        try (SocketPeer peer = connect(replica, user)) {
            await().until(() -> text(RelayedService.call(peer, "whoami", "{}")).equals(user));
        }
    }

    private static void consent(String user) throws Exception {
        try (SocketPeer peer = connect(first, user)) {
            String link = ask(peer);
            var browser = new ConsentBrowser(first.port());
            URI back = browser.signIn(browser.begin(link, "tok-" + user), user);
            // the balancer sends the browser to the other replica
            browser.useReplica(second.port());
            assertThat(browser.back(back).body()).contains("Your consent is saved");
            JsonNode answer = next(peer);
            assertThat(answer.path("id").asInt()).isEqualTo(7);
            assertThat(text(answer)).contains("files").doesNotContain("consent");
        }
    }

    @Test
    void goesOnWithACallAtOneReplicaAfterTheAnswerCameToTheOther() throws Exception {
        consent("alice");
        awaitWhoami(first, "alice");
        awaitWhoami(second, "alice");
    }

    @Test
    void revokesAtOneReplicaForBoth() throws Exception {
        consent("bob");
        awaitWhoami(first, "bob");
        awaitWhoami(second, "bob");
        try (SocketPeer peer = connect(first, "bob")) {
            int status =
                    Http.send(
                                    second.port(),
                                    "DELETE",
                                    "/springline/consent/api/consents/files",
                                    "Authorization",
                                    "Bearer tok-bob")
                            .statusCode();
            assertThat(status).isEqualTo(204);
            JsonNode asked = RelayedService.call(peer, "whoami", "{}");
            assertThat(asked.path("method").asString()).isEqualTo("elicitation/create");
        }
    }

    @Test
    void refreshesATokenOnceForBothReplicas() throws Exception {
        consent("carol");
        awaitWhoami(first, "carol");
        awaitWhoami(second, "carol");
        int before = server.tokenRequests();
        upstream.revoked.addAll(tokensOf("carol"));
        var calls = new ArrayList<Callable<String>>();
        for (RelayedService replica : List.of(first, second, first, second)) {
            calls.add(() -> {
                try (SocketPeer peer = connect(replica, "carol")) {
                    return text(RelayedService.call(peer, "whoami", "{}"));
                }
            });
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var call : threads.invokeAll(calls)) {
                assertThat(call.get()).isEqualTo("carol");
            }
        }
        assertThat(server.tokenRequests() - before).isEqualTo(1);
        assertThat(tokensOf("carol")).hasSize(2);
    }

    private static List<String> tokensOf(String user) {
        return upstream.seenTokens.stream()
                .filter(each ->
                        TestAuthorizationServer.claims(each).path("sub").asString("").equals(user))
                .toList();
    }

    /** The browser reaches the second replica by HTTPS, as in production. */
    @Test
    void consentsListsAndRevokesInABrowser() throws Exception {
        try (var tls = TcpProxy.withTls(second.port(), TestCertificate.of("mcp.example.com"));
                Chromium chromium =
                        Chromium.start(
                                "--host-resolver-rules=MAP mcp.example.com:443 127.0.0.1:"
                                        + tls.port(),
                                "--ignore-certificate-errors");
                SocketPeer peer = connect(first, "dave")) {
            var page = new Page(chromium.driver());
            chromium.driver().get(ask(peer));
            page.enterToken("tok-nobody");
            page.awaitText("#trouble", "This token is not valid.");
            page.enterToken("tok-erin");
            page.awaitText("#trouble", "This link is not for you (erin)");

            chromium.driver().navigate().refresh();
            page.enterToken("tok-dave");
            page.awaitText("#principal", "dave");
            page.awaitText("#issuer", server.issuer().toString());
            assertThat(chromium.complaints()).allMatch(Page::isRefusal);
            page.click("#continue");
            page.type("#username", "dave");
            page.type("#password", "pw");
            page.click("button[type=submit]");
            page.awaitText("h1", "Thank you");
            assertThat(text(next(peer))).contains("files").doesNotContain("consent");

            chromium.driver().get(ConsentBrowser.PUBLIC_URL + "/springline/consent/");
            page.enterToken("tok-erin");
            page.awaitText("#none", "You have not consented");
            chromium.driver().navigate().refresh();
            page.enterToken("tok-dave");
            page.awaitText("[data-upstream=files]", "read");
            page.click("[data-upstream=files] button");
            page.awaitText("#none", "You have not consented");
            assertThat(chromium.complaints()).allMatch(Page::isRefusal);
            JsonNode asked = RelayedService.call(peer, "whoami", "{}");
            assertThat(asked.path("method").asString()).isEqualTo("elicitation/create");

            chromium.driver().get(ConsentBrowser.PUBLIC_URL + "/console/#upstreams");
            page.type("#token", "tok-operator" + Keys.ENTER);
            page.awaitText(".credential", "credential: authorization-code");
            page.click(".credential a");
            page.enterToken("tok-dave");
            page.awaitText("#none", "You have not consented");
        }
    }

    private record Page(ChromeDriver driver) {

        /** A browser reports each response with an error status. */
        static boolean isRefusal(String complaint) {
            return complaint.contains("the server responded with a status of 40");
        }

        private void soon(ThrowingRunnable action) {
            try {
                await().ignoreExceptionsMatching(WebDriverException.class::isInstance)
                        .untilAsserted(action);
            } catch (ConditionTimeoutException e) {
                throw new AssertionError("The page is: " + driver.getPageSource(), e);
            }
        }

        private WebElement find(String css) {
            return driver.findElement(By.cssSelector(css));
        }

        void type(String css, String text) {
            soon(() -> find(css).sendKeys(text));
        }

        void click(String css) {
            soon(() -> find(css).click());
        }

        void enterToken(String token) {
            type("#token", token);
            click("#sign-in");
        }

        void awaitText(String css, String text) {
            soon(() -> assertThat(find(css).getText()).contains(text));
        }
    }
}
