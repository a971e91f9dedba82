package io.springline.relay.consent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.CredentialFailures;
import io.springline.relay.auth.MissingConsentException;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.consent.UpstreamConsents.Begun;
import io.springline.relay.consent.UpstreamConsents.Response;
import io.springline.session.Caller;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** An upstream and its authorization servers {@code /a} and {@code /b}, each with one answer. */
class UpstreamConsentsTest {

    private static final Caller ALICE = new Caller("alice", Set.of(), null);
    private static final String KEY = "a-secret-of-at-least-32-characters";
    private static final String NEW_KEY = "another-secret-of-32-characters-or-more";
    private static final String TOKENS =
            "{'access_token':'t','token_type':'Bearer','expires_in':1,'refresh_token':'r'}";

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AuthorizationServerClient servers = new AuthorizationServerClient();
    private final List<String> tokenRequests = new CopyOnWriteArrayList<>();
    private final AtomicInteger grantReads = new AtomicInteger();
    private final AtomicInteger leases = new AtomicInteger();
    private final ConsentStore local = new LocalConsentStore(null, Clock.systemUTC());
    private final ConsentStore store =
            (ConsentStore)
                    Proxy.newProxyInstance(
                            ConsentStore.class.getClassLoader(),
                            new Class<?>[] {ConsentStore.class},
                            (_, method, arguments) -> {
                                Object value = method.invoke(local, arguments);
                                if (method.getName().equals("get")
                                        && arguments[0].equals("grant:up")) {
                                    grantReads.incrementAndGet();
                                }
                                if (arguments[0].equals("registration")) {
                                    leases.incrementAndGet();
                                }
                                if (Set.of("get", "take").contains(method.getName())) {
                                    Action action = this.afterGet;
                                    this.afterGet = () -> {};
                                    action.run();
                                }
                                return value;
                            });
    private final List<String> registrations = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private ConsentedUpstreams upstreams;

    /** Which authorization server the upstream names. */
    private volatile String named = "/a";

    private volatile String tokenOrigin;
    private volatile String tokens = TOKENS;

    /** Members of the answer to a registration. */
    private volatile String credentials = "";

    private volatile @Nullable String revocation;
    private volatile int revocationStatus = 200;

    /** Runs before the token endpoint answers. */
    private volatile Action onToken = () -> {};

    /** Runs before the registration endpoint answers. */
    private volatile Runnable onRegister = () -> {};

    /** Runs once, after the store was read. */
    private volatile Action afterGet = () -> {};

    private interface Action {
        void run() throws ConsentException;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        tokenOrigin = origin();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
        servers.close();
    }

    private String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().getPath();
        String issuer = path.substring(path.lastIndexOf('/'));
        switch (path) {
            case "/.well-known/oauth-protected-resource/mcp" ->
                    json(
                            exchange,
                            200,
                            "{'resource':'%s/mcp','authorization_servers':['%s%s']}"
                                    .formatted(origin(), origin(), named));
            case "/.well-known/oauth-authorization-server/c" -> json(exchange, 200, "<html>");
            case "/revoke/a" -> {
                revocation = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
                json(exchange, revocationStatus, "{'error':'invalid_client'}");
            }
            case "/.well-known/oauth-authorization-server/a",
                    "/.well-known/oauth-authorization-server/b",
                    "/.well-known/openid-configuration/c" ->
                    json(
                            exchange,
                            200,
                            ("{'issuer':'%1$s%2$s','authorization_endpoint':'%1$s/authorize%2$s',"
                                            + "'token_endpoint':'%3$s/token%2$s',"
                                            + "'registration_endpoint':'%1$s/register%2$s',"
                                            + "'revocation_endpoint':'%1$s/revoke%2$s',"
                                            + "'code_challenge_methods_supported':['S256']}")
                                    .formatted(origin(), issuer, tokenOrigin));
            case "/register/a", "/register/b", "/register/c" -> {
                registrations.add(body);
                onRegister.run();
                json(
                        exchange,
                        201,
                        "{'client_id':'client-%d-of-%s'%s}"
                                .formatted(registrations.size(), issuer, credentials));
            }
            case "/token/a", "/token/b" -> {
                tokenRequests.add(issuer + " " + body);
                try {
                    onToken.run();
                } catch (ConsentException e) {
                    throw new IOException(e);
                }
                json(exchange, 200, tokens);
            }
            default -> json(exchange, 401, "{}");
        }
    }

    private static void json(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Returns the consents as a node has them that has just started. */
    private UpstreamConsents node() {
        return node(store, "https://mcp.example.com");
    }

    private UpstreamConsents node(ConsentStore shared, String publicUrl, String... keys) {
        var properties = new HashMap<String, String>();
        properties.put("x.url", origin() + "/mcp");
        properties.put("x.auth.type", "authorization-code");
        properties.put("x.auth.allow-private-addresses", "true");
        properties.put("x.auth.timeout", "20s");
        RelayProperties.Upstream spec =
                new Binder(new MapConfigurationPropertySource(properties))
                        .bind("x", RelayProperties.Upstream.class)
                        .get();
        spec.check();
        upstreams =
                new ConsentedUpstreams(
                        new ConsentProperties(
                                keys.length == 0 ? List.of(KEY) : List.of(keys),
                                (Path) null,
                                Duration.ofMinutes(10),
                                Duration.ofDays(90)),
                        URI.create(publicUrl),
                        shared,
                        true);
        upstreams.add("up", spec, servers, new CredentialFailures("up"));
        return upstreams.find("up").orElseThrow();
    }

    private static Begun begin(UpstreamConsents consents) throws ConsentException {
        String page = consents.page(ALICE).toString();
        return consents.begin(ALICE, page.substring(page.lastIndexOf('.') + 1)).orElseThrow();
    }

    private static void finish(UpstreamConsents consents, Begun begun) throws ConsentException {
        String state = begun.url().toString().replaceAll(".*[?&]state=([^&]+).*", "$1");
        consents.finish(new Response(state, "the-code", null, null), begun.value());
    }

    private static void consent(UpstreamConsents consents) throws ConsentException {
        finish(consents, begin(consents));
    }

    @Test
    void refusesAServerThatNamesTheTokenEndpointOfAnotherOrigin() {
        tokenOrigin = origin().replace("127.0.0.1", "localhost");
        UpstreamConsents consents = node();
        assertThatThrownBy(() -> begin(consents))
                .isInstanceOf(ConsentException.class)
                .hasMessageContaining("set auth.issuer-uri");
    }

    @Test
    void sendsARefreshTokenOnlyToTheServerThatIssuedIt() throws Exception {
        consent(node());
        tokenRequests.clear();
        named = "/b";
        UpstreamConsents consents = node();
        assertThatThrownBy(() -> consents.token(ALICE))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("needs your consent");
        assertThat(tokenRequests).isEmpty();
        assertThat(consents.isGiven(ALICE)).isFalse();
    }

    @Test
    void sendsACodeOnlyToTheServerThatWasAsked() throws Exception {
        Begun begun = begin(node());
        named = "/b";
        assertThatThrownBy(() -> finish(node(), begun))
                .isInstanceOf(ConsentException.class)
                .hasMessageContaining("has changed");
        assertThat(tokenRequests).isEmpty();
    }

    @Test
    void refreshesAtTheServerThatIssuedTheToken() throws Exception {
        consent(node());
        tokens =
                "{'access_token':'t2','token_type':'Bearer','expires_in':300,'refresh_token':'r2'}";
        assertThat(node().token(ALICE)).isEqualTo("t2");
        assertThat(tokenRequests.getLast()).startsWith("/a").contains("refresh_token=r");
    }

    @Test
    void keepsATokenWithoutALifetimeUntilTheUpstreamRefusesIt() throws Exception {
        tokens = "{'access_token':'t','token_type':'Bearer'}";
        UpstreamConsents consents = node();
        consent(consents);
        assertThat(consents.grant(ALICE).orElseThrow().tokens().expiresAt())
                .isAfter(Instant.now().plus(Duration.ofDays(89)));
        assertThat(consents.token(ALICE)).isEqualTo("t");
        assertThat(consents.tryReplace(ALICE, "t")).isFalse();
        assertThat(consents.isGiven(ALICE)).isFalse();
    }

    @Test
    void asksAgainForAnExpiredTokenThatCannotBeRefreshed() throws Exception {
        tokens = "{'access_token':'t','token_type':'Bearer','expires_in':1}";
        UpstreamConsents consents = node();
        consent(consents);
        assertThatThrownBy(() -> consents.id(ALICE)).isInstanceOf(MissingConsentException.class);
    }

    @Test
    void asksAgainAfterARefusalInASuccessfulAnswer() throws Exception {
        UpstreamConsents consents = node();
        consent(consents);
        // as GitHub does
        tokens = "{'error':'bad_refresh_token','error_description':'it has expired'}";
        assertThatThrownBy(() -> consents.token(ALICE))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("needs your consent");
        assertThat(consents.isGiven(ALICE)).isFalse();
    }

    @Test
    void doesNotUndoARevocationDuringARefresh() throws Exception {
        UpstreamConsents consents = node();
        consent(consents);
        onToken = () -> afterGet = () -> assertThat(node().revoke(ALICE)).isTrue();
        assertThatThrownBy(() -> consents.token(ALICE))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("needs your consent");
        assertThat(consents.isGiven(ALICE)).isFalse();
    }

    @Test
    void keepsAConsentThatWasGivenWhileTheEarlierOneEnded() throws Exception {
        UpstreamConsents consents = node();
        consent(consents);
        onToken =
                () -> {
                    onToken = () -> {};
                    tokens = TOKENS.replace("'expires_in':1,", "'expires_in':300,");
                    consent(node());
                    tokens = "{'error':'invalid_grant'}";
                };
        assertThat(consents.token(ALICE)).isEqualTo("t");
        assertThat(consents.isGiven(ALICE)).isTrue();
    }

    @Test
    void waitsForTheConsentWhileTheStoreIsAway() throws Exception {
        UpstreamConsents consents = node();
        Begun begun = begin(consents);
        var seen = new CountDownLatch(1);
        afterGet =
                () -> {
                    seen.countDown();
                    throw new ConsentStore.UnavailableException();
                };
        Future<Boolean> given = threads.submit(() -> consents.await(ALICE, Duration.ofMinutes(5)));
        assertThat(seen.await(1, TimeUnit.MINUTES)).isTrue();
        tokens = "{'access_token':'t','token_type':'Bearer','expires_in':300}";
        finish(node(), begun);
        assertThat(given.get(1, TimeUnit.MINUTES)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"GET, /api/consents", "DELETE, /api/consents/up"})
    void answersThatTheStoreIsAway(String method, String path) throws Exception {
        UpstreamConsents unused = node();
        assertThat(unused.isGiven(ALICE)).isFalse();
        afterGet =
                () -> {
                    throw new ConsentStore.UnavailableException();
                };
        assertThat(request(method, path).statusCode().value()).isEqualTo(503);
    }

    @Test
    void setsACookieThatNoOtherDomainCanSet() throws Exception {
        String page = node().page(ALICE).toString();
        String cookie =
                request("POST", "/api/links/" + page.substring(page.indexOf("?link=") + 6))
                        .headers()
                        .getFirst("Set-Cookie");
        assertThat(cookie).startsWith("__Host-").contains("Path=/;").contains("Secure");
    }

    private ServerResponse request(String method, String path) throws Exception {
        var request = new MockHttpServletRequest(method, ConsentRoutes.PATH + path);
        SecurityContextHolder.getContext()
                .setAuthentication(new TestingAuthenticationToken(ALICE, null));
        try {
            ServerRequest received = ServerRequest.create(request, List.of());
            return new ConsentRoutes(upstreams)
                    .routes()
                    .route(received)
                    .orElseThrow()
                    .handle(received);
        } finally {
            SecurityContextHolder.clearContext();
        }
    }

    @Test
    void registersAgainForAnotherPublicUrl() throws Exception {
        begin(node());
        begin(node());
        assertThat(registrations).hasSize(1);
        begin(node(store, "https://other.example.com"));
        assertThat(registrations.getLast()).contains("https://other.example.com/");
    }

    /** It keeps its clients in memory, and has been started again. */
    @Test
    void registersAgainWhereItsClientIsUnknown() throws Exception {
        UpstreamConsents consents = node();
        consent(consents);
        tokens = "{'error':'invalid_client'}";
        assertThatThrownBy(() -> consents.token(ALICE))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("needs your consent");
        tokens = TOKENS;
        assertThat(begin(consents).url().toString()).contains("client_id=client-2-of-");
        assertThat(begin(node()).url().toString()).contains("client_id=client-2-of-");
        assertThat(registrations).hasSize(2);
    }

    @Test
    void usesTheClientThatAnotherNodeHasRegisteredAnew() throws Exception {
        UpstreamConsents first = node();
        UpstreamConsents second = node();
        consent(first);
        begin(second);
        tokens = "{'error':'invalid_client'}";
        assertThatThrownBy(() -> first.token(ALICE)).isInstanceOf(UpstreamException.class);
        tokens = TOKENS.replace("'expires_in':1,", "'expires_in':300,");
        finish(second, begin(first));
        assertThat(second.token(ALICE)).isEqualTo("t");
        assertThat(registrations).hasSize(2);
    }

    @Test
    void keepsItsClientIfOnlyTheRevocationIsRefused() throws Exception {
        revocationStatus = 401;
        UpstreamConsents consents = node();
        consent(consents);
        assertThat(consents.revoke(ALICE)).isTrue();
        await().until(() -> revocation != null);
        begin(node());
        begin(consents);
        assertThat(registrations).hasSize(1);
    }

    @Test
    void registersAgainWhenTheSecretHasExpired() throws Exception {
        credentials = ",'client_secret':'s','client_secret_expires_at':1000";
        begin(node());
        credentials = ",'client_secret':'s','client_secret_expires_at':0";
        begin(node());
        begin(node());
        assertThat(registrations).hasSize(2);
    }

    @Test
    void encodesItsCredentialsWhenItRevokes() throws Exception {
        credentials = ",'client_secret':'a+b%/='";
        UpstreamConsents consents = node();
        consent(consents);
        assertThat(consents.revoke(ALICE)).isTrue();
        await().until(() -> revocation != null);
        assertThat(revocation)
                .isEqualTo(
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(
                                                "client-1-of-%2Fa:a%2Bb%25%2F%3D".getBytes()));
    }

    /** As a web application that answers any path with its page. */
    @Test
    void findsTheMetadataBehindAPageThatIsNone() throws Exception {
        named = "/c";
        assertThat(begin(node()).url().toString()).contains("/authorize/c?");
    }

    @Test
    void readsTheConsentOnceForACallAndSeesARevocationAtTheNext() throws Exception {
        tokens = TOKENS.replace("'expires_in':1,", "'expires_in':300,");
        UpstreamConsents consents = node();
        consent(consents);
        grantReads.set(0);
        consents.id(ALICE);
        assertThat(consents.token(ALICE)).isEqualTo("t");
        assertThat(grantReads).hasValue(1);
        assertThat(node().revoke(ALICE)).isTrue();
        assertThatThrownBy(() -> consents.id(ALICE)).isInstanceOf(MissingConsentException.class);
        assertThatThrownBy(() -> consents.token(ALICE)).isInstanceOf(MissingConsentException.class);
    }

    @Test
    void registersOnceForTwoNodesAtTheSameTime() throws Exception {
        UpstreamConsents first = node();
        UpstreamConsents second = node();
        // the other node waits for this one, or registers, too
        onRegister = () -> await().until(() -> registrations.size() > 1 || leases.get() > 1);
        var ids = new ArrayList<Future<String>>();
        for (UpstreamConsents each : List.of(first, second)) {
            ids.add(
                    threads.submit(() ->
                            begin(each)
                                    .url()
                                    .toString()
                                    .replaceAll(".*client_id=([^&]+).*", "$1")));
        }
        assertThat(ids.getFirst().get(1, TimeUnit.MINUTES))
                .isEqualTo(ids.getLast().get(1, TimeUnit.MINUTES));
        assertThat(registrations).hasSize(1);
    }

    @Test
    void keepsTheRegistrationWhenTheOldKeyIsGone() throws Exception {
        begin(node(store, "https://mcp.example.com", KEY));
        begin(node(store, "https://mcp.example.com", NEW_KEY, KEY));
        begin(node(store, "https://mcp.example.com", NEW_KEY));
        assertThat(registrations).hasSize(1);
    }

    @Test
    void givesParallelCallsOfACallerOneLink() throws Exception {
        UpstreamConsents consents = node();
        String[] other = new String[1];
        afterGet = () -> other[0] = node().page(ALICE).toString();
        String page = consents.page(ALICE).toString();
        if (other[0] == null) {
            other[0] = node().page(ALICE).toString();
        }
        assertThat(page).isEqualTo(other[0]);
        assertThat(consents.page(ALICE)).hasToString(page);
    }

    /** Two calls at two nodes got 401 at the same time. */
    @Test
    void replacesARefusedTokenForBothCalls() throws Exception {
        tokens = TOKENS.replace("'expires_in':1,", "'expires_in':300,");
        UpstreamConsents consents = node();
        consent(consents);
        afterGet = () -> assertThat(node().tryReplace(ALICE, "t")).isTrue();
        assertThat(consents.tryReplace(ALICE, "t")).isTrue();
        tokens = TOKENS.replace("'t'", "'t2'").replace("'expires_in':1,", "'expires_in':300,");
        assertThat(consents.token(ALICE)).isEqualTo("t2");
        assertThat(consents.tryReplace(ALICE, "t2")).isFalse();
        assertThat(consents.token(ALICE)).isEqualTo("t2");
    }

    @Test
    void leavesTheLockOfAnotherRefresh() throws Exception {
        UpstreamConsents consents = node();
        consent(consents);
        tokens = TOKENS.replace("'expires_in':1,", "'expires_in':300,");
        String key = ConsentCipher.digest("alice");
        onToken =
                () -> {
                    // the lock has expired, and another node has it
                    local.take("refresh:up", key);
                    local.put("refresh:up", key, "of another node", Duration.ofMinutes(1), 10);
                };
        assertThat(consents.token(ALICE)).isEqualTo("t");
        assertThat(local.get("refresh:up", key)).hasValue("of another node");
    }
}
