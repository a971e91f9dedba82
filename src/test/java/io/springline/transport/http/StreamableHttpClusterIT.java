package io.springline.transport.http;

import static io.springline.testing.HttpPeer.call;
import static io.springline.testing.HttpPeer.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.jsonrpc.RequestId;
import io.springline.resume.ResumableSessions;
import io.springline.resume.store.SessionStore;
import io.springline.session.SessionRegistry;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Event;
import io.springline.testing.HttpPeer.Events;
import io.springline.testing.RedisServer;
import io.springline.testing.TcpProxy;
import io.springline.transport.drain.GracefulDrain;
import io.springline.transport.http.HttpTools.Control;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/** Sessions of HTTP clients whose requests land on one node, then on the other. */
@Timeout(120)
class StreamableHttpClusterIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"test","version":"1"}}}\
            """;

    private final List<ConfigurableApplicationContext> nodes = new ArrayList<>();
    private ConfigurableApplicationContext first;
    private ConfigurableApplicationContext second;
    private HttpPeer atFirst;
    private HttpPeer atSecond;

    /** Between the first node and Redis. */
    private TcpProxy link;

    @BeforeEach
    void start() throws IOException {
        link = new TcpProxy(REDIS.port());
        first = node(link.port());
        second = node(REDIS.port());
        atFirst = peer(first);
        atSecond = peer(second);
        awaitJoined(first, second);
        awaitJoined(second, first);
    }

    /** A node takes sessions over once it has joined. */
    private static void awaitJoined(
            ConfigurableApplicationContext from, ConfigurableApplicationContext to) {
        try (HttpPeer opening = peer(from);
                HttpPeer taking = peer(to)) {
            await().until(() -> {
                opening.with("Mcp-Session-Id", null).initialize("2025-11-25", "{}");
                taking.with("Mcp-Session-Id", opening.header("Mcp-Session-Id"));
                return taking.post(call(1, "say", "{}")).statusCode() == 200;
            });
        }
    }

    @AfterEach
    void stop() throws IOException {
        nodes.forEach(each -> each.getBean(Control.class).go.countDown());
        atFirst.close();
        atSecond.close();
        nodes.forEach(ConfigurableApplicationContext::close);
        link.close();
    }

    private ConfigurableApplicationContext node(int redis) {
        var arguments = new ArrayList<>(RedisServer.arguments(redis));
        arguments.add("--server.port=0");
        arguments.add("--springline.cluster.redis.patience=3s");
        arguments.add("--springline.drain.timeout=20s");
        arguments.add("--springline.http.stream-after=300ms");
        arguments.add("--springline.requests.max-in-flight=1");
        var node =
                new SpringApplicationBuilder(
                                SpringlineApplication.class, HttpTools.class, HookedStore.class)
                        .run(arguments.toArray(String[]::new));
        nodes.add(node);
        return node;
    }

    private static HttpPeer peer(ConfigurableApplicationContext node) {
        return new HttpPeer(port(node), "/mcp");
    }

    private static int port(ConfigurableApplicationContext node) {
        var server = ((WebServerApplicationContext) node).getWebServer();
        return Objects.requireNonNull(server).getPort();
    }

    private void open(String capabilities) throws Exception {
        atFirst.initialize("2025-11-25", capabilities);
        atSecond.with("Mcp-Session-Id", atFirst.header("Mcp-Session-Id"));
    }

    private static Control control(ConfigurableApplicationContext node) {
        return node.getBean(Control.class);
    }

    private static void awaitRunning(ConfigurableApplicationContext node)
            throws InterruptedException {
        assertThat(control(node).events.poll(60, TimeUnit.SECONDS)).isEqualTo("running");
    }

    private static String text(Event event) {
        return event.json().at("/result/content/0/text").asString();
    }

    @Test
    void servesASessionAtEachNode() throws Exception {
        open("{}");
        for (int i = 0; i < 6; i += 2) {
            for (HttpPeer peer : List.of(atSecond, atFirst)) {
                var answer = peer.post(call(i, "say", "{\"text\":\"hi\"}"));
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(json(answer.body()).at("/result/content/0/text").asString())
                        .isEqualTo("hi");
            }
        }
        assertThat(atSecond.send("DELETE").statusCode()).isEqualTo(204);
        // the first node may have yet to hear that it has lost the session
        await().until(() -> {
            int status = atFirst.post(call(9, "say", "{}")).statusCode();
            assertThat(status).isIn(404, 503);
            return status == 404;
        });
    }

    /** Acceptance test 9. */
    @Test
    void takesTheAnswerToAServerRequestAtAnotherNode() throws Exception {
        open("{\"elicitation\":{}}");
        try (Events events = atFirst.open(call(1, "ask", "{}"))) {
            var question = Objects.requireNonNull(events.nextMessage()).json();
            var accepted =
                    atSecond.post(
                            """
                            {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"Ada"}}}\
                            """
                                    .formatted(question.path("id")));
            assertThat(accepted.statusCode()).isEqualTo(202);
            assertThat(text(events.rest().getLast())).isEqualTo("Ada");
        }
    }

    @Test
    void cancelsACallThatRunsAtAnotherNode() throws Exception {
        open("{}");
        try (Events events = atFirst.open(call(1, "wait", "{}"))) {
            awaitRunning(first);
            var accepted =
                    atSecond.post(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
            assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
            assertThat(control(first).events.poll(60, TimeUnit.SECONDS)).isEqualTo("cancelled");
            assertThat(events.rest()).isEmpty();
        }
    }

    /** Acceptance test 10, with the rest at another node. */
    @ParameterizedTest
    @ValueSource(strings = {"wait", "wait_read_only"})
    void resumesAStreamAtAnotherNode(String tool) throws Exception {
        open("{}");
        String last;
        try (Events events = atFirst.open(call(1, tool, "{}"))) {
            last = Objects.requireNonNull(events.next()).id();
        }
        try (Events rest = atSecond.copy().with("Last-Event-ID", last).get()) {
            assertThat(rest.status()).isEqualTo(200);
            assertThat(second.getBean(LegacySessions.class).all())
                    .as("otherwise the call counts as lost after a second")
                    .anyMatch(each -> each.runs(new RequestId.Number(1)));
            control(first).go.countDown();
            List<Event> all = rest.rest();
            assertThat(all).hasSize(1);
            assertThat(text(all.getFirst())).isEqualTo("waited");
        }
        assertThat(control(first).runs.get() + control(second).runs.get()).isEqualTo(1);
    }

    /** The write that says so must not be refused because another node has the session by then. */
    @Test
    void asksAClientThatHasSaidAtAnotherNodeThatItIsReady() throws Exception {
        link.delay(100);
        open("{\"elicitation\":{}}");
        try (Events events = atSecond.open(call(1, "ask", "{}"))) {
            assertThat(
                            Objects.requireNonNull(events.nextMessage())
                                    .json()
                                    .path("method")
                                    .asString())
                    .isEqualTo("elicitation/create");
        }
    }

    /** Any request may lead to another node, also the answer to a question of the call. */
    @Test
    void resumesAStreamAgainIfItsSessionMovesOn() throws Exception {
        open("{}");
        String last;
        try (Events events = atFirst.open(call(1, "wait", "{}"))) {
            last = Objects.requireNonNull(events.next()).id();
        }
        try (Events resumed = atSecond.copy().with("Last-Event-ID", last).get()) {
            assertThat(resumed.status()).isEqualTo(200);
            String ping = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}";
            assertThat(atFirst.post(ping).statusCode()).isEqualTo(200);
            assertThat(resumed.rest()).isEmpty();
        }
        try (Events rest = atFirst.copy().with("Last-Event-ID", last).get()) {
            control(first).go.countDown();
            assertThat(text(rest.rest().getLast())).isEqualTo("waited");
        }
    }

    /** Also if the standalone stream is opened there first, as the TypeScript SDK does. */
    @Test
    void sendsTheProgressOfACallAtAnotherNodeOnTheStreamOfTheCall() throws Exception {
        open("{}");
        String beginning;
        try (Events events =
                atFirst.open(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait_between_steps","arguments":{},\
                        "_meta":{"progressToken":"p"}}}\
                        """)) {
            beginning = Objects.requireNonNull(events.next()).id();
            assertThat(progress(Objects.requireNonNull(events.nextMessage()))).isEqualTo(1);
        }
        try (Events standalone = atSecond.copy().with("Last-Event-ID", "g-0").get();
                Events rest = atSecond.copy().with("Last-Event-ID", beginning).get()) {
            assertThat(standalone.status()).isEqualTo(200);
            assertThat(progress(Objects.requireNonNull(rest.nextMessage()))).isEqualTo(1);
            control(first).go.countDown();
            List<Event> all = rest.rest();
            assertThat(progress(all.getFirst())).isEqualTo(2);
            assertThat(text(all.getLast())).isEqualTo("waited");
        }
    }

    private static int progress(Event event) {
        return event.json().at("/params/progress").asInt();
    }

    /** It waits for its turn, so that the other node has the session before the call is run. */
    @Test
    void runsACallWhoseSessionHasMovedBeforeItRan() throws Exception {
        open("{}");
        try (Events running = atFirst.open(call(1, "wait", "{}"))) {
            awaitRunning(first);
            var waiting =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return atFirst.post(call(2, "say", "{\"text\":\"hi\"}"));
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    });
            await().until(() -> inFlight(first) == 2);
            assertThat(atSecond.post(call(3, "say", "{}")).statusCode()).isEqualTo(200);
            control(first).go.countDown();
            var answer = waiting.get(60, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"hi\"");
            assertThat(text(running.rest().getLast())).isEqualTo("waited");
        }
        assertThat(atSecond.post(call(4, "say", "{}")).statusCode()).isEqualTo(200);
    }

    @Test
    void answersEachRequestOfABatchWhoseSessionHasMoved() throws Exception {
        atFirst.initialize("2025-03-26", "{}");
        atSecond.with("Mcp-Session-Id", atFirst.header("Mcp-Session-Id"));
        HttpPeer onlyJson = atFirst.copy().with("Accept", "application/json");
        String batch = "[%s,%s]".formatted(call(1, "wait", "{}"), call(2, "say", "{}"));
        var waiting =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return onlyJson.post(batch);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
        awaitRunning(first);
        await().until(() -> inFlight(first) == 2);
        assertThat(atSecond.post(call(3, "say", "{}")).statusCode()).isEqualTo(200);
        control(first).go.countDown();
        var answers = json(waiting.get(60, TimeUnit.SECONDS).body());
        assertThat(answers).as("%s", answers).hasSize(2);
        assertThat(answers.toString())
                .contains("\"waited\"", "Not run: the session has moved to another node");
    }

    private static int inFlight(ConfigurableApplicationContext node) {
        return node.getBean(SessionRegistry.class).all().stream()
                .mapToInt(each -> each.inFlight().count())
                .sum();
    }

    /** Acceptance test 12. */
    @Test
    void endsStreamsWithRetryWhenANodeStops() throws Exception {
        open("{}");
        try (Events standalone = atFirst.get();
                Events events = atFirst.open(call(1, "wait", "{}"))) {
            awaitRunning(first);
            Event primed = Objects.requireNonNull(events.next());
            assertThat(primed.id()).isNotNull();
            first.getBean(GracefulDrain.class).begin();
            assertThat(endsWithRetry(events)).isTrue();
            assertThat(endsWithRetry(standalone)).isTrue();
            // the server closes the connections of the streams, which the client would use again
            var refused = atFirst.withNewConnections().post(call(2, "say", "{}"));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Connection")).hasValue("close");
            control(first).go.countDown();
            try (Events rest = atSecond.copy().with("Last-Event-ID", primed.id()).get()) {
                List<Event> all = rest.rest();
                assertThat(all).hasSize(1);
                assertThat(text(all.getFirst())).isEqualTo("waited");
            }
        }
        assertThat(control(first).runs.get() + control(second).runs.get()).isEqualTo(1);
    }

    /** A client that kept the connection would come back to the node that stops. */
    @Test
    void closesTheConnectionsOfTheStreamsThatItEnds() throws Exception {
        open("{}");
        try (Socket standalone = send("GET", "");
                Socket call = send("POST", call(1, "wait", "{}"))) {
            awaitRunning(first);
            assertThat(standalone.getInputStream().read()).isEqualTo('H');
            first.getBean(GracefulDrain.class).begin();
            assertThat(rest(standalone)).contains("retry: 1000").endsWith("0\r\n\r\n");
            assertThat(rest(call)).contains("retry: 1000").endsWith("0\r\n\r\n");
        } finally {
            control(first).go.countDown();
        }
    }

    private Socket send(String method, String body) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port(first));
        socket.setSoTimeout(30_000);
        String head =
                """
                %s /mcp HTTP/1.1
                Host: localhost
                Accept: %s
                Content-Type: application/json
                Content-Length: %d
                Mcp-Session-Id: %s
                MCP-Protocol-Version: 2025-11-25

                """
                        .formatted(
                                method,
                                HttpPeer.BOTH,
                                body.length(),
                                atFirst.header("Mcp-Session-Id"));
        socket.getOutputStream().write((head.replace("\n", "\r\n") + body).getBytes(UTF_8));
        return socket;
    }

    /** Reads to the end of the connection. */
    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }

    private static boolean endsWithRetry(Events events) throws Exception {
        boolean retry = false;
        for (Event event; (event = events.next()) != null; ) {
            retry |= event.retry() != null;
        }
        return retry;
    }

    /** A client gives its session up after 404, so it must not get that while Redis is away. */
    @Test
    void answers503AtAnotherNodeWhileRedisIsAway() throws Exception {
        open("{}");
        REDIS.freeze();
        try {
            await().until(() -> isWithoutRedis(first) && isWithoutRedis(second));
            for (var refused :
                    List.of(
                            atSecond.post(call(1, "say", "{}")),
                            atSecond.send("GET"),
                            atSecond.send("DELETE"))) {
                assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
                assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            }
            assertThat(atFirst.post(call(2, "say", "{}")).statusCode()).isEqualTo(200);
        } finally {
            REDIS.thaw();
        }
        await().until(() -> {
            int status = atSecond.post(call(3, "say", "{}")).statusCode();
            assertThat(status).isIn(200, 503);
            return status == 200;
        });
    }

    /** A session of which Redis has no initialization must not be found by another node. */
    @Test
    void sharesASessionOnlyWithItsInitialization() throws Exception {
        first.getBean(HookedStore.class).onOpened = link::split;
        open("{}");
        var answer = atSecond.post(call(1, "say", "{\"text\":\"hi\"}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("\"hi\"");
    }

    /** The official SDKs try once or twice, and then give up the result of a running call. */
    @Test
    void waitsForRedisBeforeItRefusesASessionOfAnotherNode() throws Exception {
        open("{}");
        second.getBean(HookedStore.class).lostClaims.set(3);
        var answer = atSecond.post(call(1, "say", "{\"text\":\"hi\"}"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    /** The other node would answer the next request with 404. */
    @Test
    void opensNoSessionWhileOnlyThisNodeIsWithoutRedis() throws Exception {
        link.split();
        var refused = atFirst.post(INITIALIZE);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused.headers().firstValue("Mcp-Session-Id")).isEmpty();
        link.heal(); // well within the lease: afterwards the node would serve alone
        await().atMost(Duration.ofSeconds(60))
                .until(() -> {
                    var opened = atFirst.post(INITIALIZE);
                    assertThat(opened.statusCode()).as(opened.body()).isIn(200, 503);
                    opened.headers()
                            .firstValue("Mcp-Session-Id")
                            .ifPresent(id -> atSecond.with("Mcp-Session-Id", id));
                    return opened.statusCode() == 200;
                });
        await().atMost(Duration.ofSeconds(60))
                .until(() -> {
                    int status = atSecond.post(call(1, "say", "{}")).statusCode();
                    assertThat(status).isIn(200, 503);
                    return status == 200;
                });
    }

    /** The store of sessions of one node, with something that happens after it was used. */
    @Configuration(proxyBeanMethods = false)
    static class HookedStore {

        volatile Runnable onOpened = () -> {};
        volatile Runnable onClaimed = () -> {};

        /** The number of claims that get no answer. */
        final AtomicInteger lostClaims = new AtomicInteger();

        @Bean
        @Primary
        SessionStore hooked(@Qualifier("springlineSessionStore") SessionStore store) {
            return (SessionStore)
                    Proxy.newProxyInstance(
                            SessionStore.class.getClassLoader(),
                            new Class<?>[] {SessionStore.class},
                            (_, method, arguments) -> {
                                if (method.getName().equals("claim")
                                        && lostClaims.getAndDecrement() > 0) {
                                    return new SessionStore.Away();
                                }
                                Object result = method.invoke(store, arguments);
                                switch (method.getName()) {
                                    case "open" -> onOpened.run();
                                    case "claim" -> onClaimed.run();
                                    default -> {}
                                }
                                return result;
                            });
        }
    }

    private static boolean isWithoutRedis(ConfigurableApplicationContext node) {
        return !node.getBean(ResumableSessions.class).outliveNode();
    }

    @Test
    void continuesAtAnotherNodeWhenTheFirstHasFailed() throws Exception {
        open("{}");
        nodes.remove(first);
        first.close();
        await().until(() -> atSecond.post(call(1, "say", "{}")).statusCode() == 200);
    }
}
