package io.springline.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.springline.auth.CallerTokens;
import io.springline.relay.auth.CredentialFailures.Reason;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.http.RequestCredential;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What authorization servers may answer, and must not reach. */
class AccessTokensTest {

    private interface Answer {
        void to(HttpExchange exchange) throws Exception;
    }

    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AuthorizationServerClient servers = new AuthorizationServerClient();
    private HttpServer server;
    private volatile Answer token =
            exchange ->
                    json(
                            exchange,
                            200,
                            "{'access_token':'t%d','token_type':'Bearer','expires_in':300}"
                                    .formatted(requests.get()));
    private volatile String metadata = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext(
                "/token",
                exchange -> {
                    requests.incrementAndGet();
                    answer(exchange, token);
                });
        server.createContext(
                "/.well-known/oauth-authorization-server",
                exchange -> answer(exchange, each -> json(each, 200, metadata)));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
        servers.close();
    }

    private static void answer(HttpExchange exchange, Answer answer) throws IOException {
        try {
            exchange.getRequestBody().readAllBytes();
            answer.to(exchange);
            exchange.close();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static void json(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private String origin() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private UpstreamCredentials credentials(String... more) {
        var properties = new HashMap<String, String>();
        properties.put("x.url", "http://upstream.example.com/mcp");
        properties.put("x.auth.type", "client-credentials");
        properties.put("x.auth.client-id", "c");
        properties.put("x.auth.client-secret", "s3cret");
        properties.put("x.auth.timeout", "20s");
        for (String each : more) {
            properties.put("x.auth." + each.split("=", 2)[0], each.split("=", 2)[1]);
        }
        RelayProperties.Upstream spec =
                new Binder(new MapConfigurationPropertySource(properties))
                        .bind("x", RelayProperties.Upstream.class)
                        .get();
        spec.check();
        return new UpstreamCredentials("up", spec, new CallerTokens(), servers);
    }

    private RequestCredential byTokenUri(String... more) {
        String[] all = new String[more.length + 1];
        System.arraycopy(more, 0, all, 0, more.length);
        all[more.length] = "token-uri=" + origin() + "/token";
        return credentials(all).shared();
    }

    private void fails(RequestCredential credential, String reason) {
        assertThatThrownBy(credential::headers)
                .hasMessage("no access token: " + reason)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void requestsOneTokenForCallsThatComeAtTheSameTime() throws Exception {
        var all = new CountDownLatch(20);
        token =
                exchange -> {
                    all.await();
                    json(
                            exchange,
                            200,
                            "{'access_token':'t','token_type':'Bearer','expires_in':300}");
                };
        RequestCredential credential = byTokenUri();
        Callable<Map<String, String>> call =
                () -> {
                    all.countDown();
                    return credential.headers();
                };
        for (Future<Map<String, String>> each :
                threads.invokeAll(IntStream.range(0, 20).mapToObj(_ -> call).toList())) {
            assertThat(each.get()).containsEntry("Authorization", "Bearer t");
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void keepsATokenWhoseLifetimeIsNotStated() {
        token = exchange -> json(exchange, 200, "{'access_token':'t','token_type':'Bearer'}");
        RequestCredential credential = byTokenUri();
        credential.headers();
        credential.headers();
        assertThat(requests).hasValue(1);
    }

    @Test
    void requestsAnotherTokenShortlyBeforeTheFirstExpires() {
        token =
                exchange ->
                        json(
                                exchange,
                                200,
                                "{'access_token':'t%d','token_type':'Bearer','expires_in':4}"
                                        .formatted(requests.get()));
        RequestCredential credential = byTokenUri();
        assertThat(credential.headers()).containsEntry("Authorization", "Bearer t1");
        assertThat(credential.headers()).containsEntry("Authorization", "Bearer t2");
    }

    @Test
    void replacesARefusedTokenOnceAndThenWaits() {
        RequestCredential credential = byTokenUri();
        Map<String, String> first = credential.headers();
        assertThat(credential.tryReplace(first)).isTrue();
        Map<String, String> second = credential.headers();
        assertThat(second).isNotEqualTo(first);
        assertThat(credential.tryReplace(second)).isFalse();
        assertThat(credential.headers()).isEqualTo(second);
    }

    @Test
    void doesNotAskABrokenServerForEachCall() {
        token = exchange -> json(exchange, 500, "{}");
        RequestCredential credential = byTokenUri();
        for (int i = 0; i < 100; i++) {
            fails(credential, "the authorization server's answer cannot be used");
        }
        // a second try after a second is permitted
        assertThat(requests.get()).isLessThan(50);
    }

    @Test
    void refusesAnAnswerThatIsTooLarge() {
        token =
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 0);
                    byte[] much = new byte[100_000];
                    for (int i = 0; i < 100; i++) {
                        exchange.getResponseBody().write(much);
                    }
                };
        fails(byTokenUri(), "the authorization server's answer cannot be used");
    }

    @Test
    void endsAnAnswerThatNeverEnds() {
        token =
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                    new CountDownLatch(1).await();
                };
        assertThatThrownBy(byTokenUri("timeout=1s")::headers)
                .hasMessageStartingWith("no access token: ");
    }

    @Test
    void showsTheErrorCodeAndNothingElseOfTheAnswer() {
        token =
                exchange ->
                        json(
                                exchange,
                                400,
                                "{'error':'invalid_target','error_description':'not s3cret'}");
        fails(byTokenUri(), "the authorization server refuses it: invalid_target");
        token =
                exchange ->
                        json(exchange, 401, "{'error':'s3cret and more','error_description':''}");
        fails(byTokenUri(), "the authorization server refuses it: without a reason");
    }

    @Test
    void doesNotFollowRedirects() {
        token =
                exchange -> {
                    exchange.getResponseHeaders().set("Location", origin() + "/elsewhere");
                    exchange.sendResponseHeaders(307, -1);
                };
        server.createContext(
                "/elsewhere",
                exchange ->
                        answer(
                                exchange,
                                each ->
                                        json(
                                                each,
                                                200,
                                                "{'access_token':'t','token_type':'Bearer'}")));
        fails(byTokenUri(), "the authorization server's answer cannot be used");
    }

    @Test
    void requestsAnEndpointOfTheConfiguredHost() {
        metadata = "{'issuer':'%s','token_endpoint':'%s/token'}".formatted(origin(), origin());
        assertThat(credentials("issuer-uri=" + origin()).shared().headers()).isNotEmpty();
    }

    @Test
    void doesNotRequestAPrivateAddressThatMetadataName() {
        metadata =
                "{'issuer':'%s','token_endpoint':'https://127.0.0.1:1/token'}".formatted(origin());
        fails(
                credentials("issuer-uri=" + origin()).shared(),
                "the authorization server's host is unknown, or has a private address that the"
                        + " configuration does not name");
        metadata =
                "{'issuer':'%s','token_endpoint':'http://localhost:%d/token'}"
                        .formatted(origin(), server.getAddress().getPort());
        fails(
                credentials("issuer-uri=" + origin()).shared(),
                "its endpoint is not requested: http://localhost:%d is not named in the configuration and is not HTTPS"
                        .formatted(server.getAddress().getPort()));
        assertThat(requests).hasValue(0);
        assertThat(
                        credentials("issuer-uri=" + origin(), "allow-private-addresses=true")
                                .shared()
                                .headers())
                .isNotEmpty();
    }

    @Test
    void refusesMetadataOfAnotherIssuer() {
        metadata =
                "{'issuer':'https://evil.example.com','token_endpoint':'%s/token'}"
                        .formatted(origin());
        UpstreamCredentials credentials = credentials("issuer-uri=" + origin());
        fails(credentials.shared(), "the authorization server's answer cannot be used");
        assertThat(requests).hasValue(0);
        assertThat(credentials.failures().total(Reason.UNAVAILABLE)).isPositive();
    }
}
