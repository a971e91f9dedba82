package io.springline.transport.http;

import static io.springline.testing.HttpPeer.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Events;
import io.springline.transport.http.HttpTools.Control;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;

/** What a client cannot do to the service, or to other clients. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.auth.tokens[0].name=ada",
            // the SHA-256 of "secret"
            "springline.auth.tokens[0].hash=sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
            "springline.auth.tokens[1].name=op",
            // the SHA-256 of "operator"
            "springline.auth.tokens[1].hash=sha256:06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23",
            "springline.auth.tokens[2].name=eve",
            // the SHA-256 of "eve"
            "springline.auth.tokens[2].hash=sha256:85262adf74518bbb70c7cb94cd6159d91669e5a81edf1efebd543eadbda9fa2b",
            "springline.websocket.request-timeout=1s",
            "springline.websocket.max-connections-per-principal=20",
            "springline.http.max-sessions-per-principal=3",
            "springline.http.max-sessions=4",
            "springline.http.session-timeout=2s",
            "springline.http.keep-alive=3s"
        })
@Import(HttpTools.class)
@Timeout(180)
class StreamableHttpBoundsIT {

    @LocalServerPort int port;
    @Autowired Control control;
    @Autowired LegacySessions sessions;

    /** A session is in use until the server has detected that its stream is closed. */
    @AfterEach
    void awaitNobody() {
        control.go.countDown();
        await().until(() -> sessions.all().isEmpty());
    }

    private HttpPeer ada() {
        return new HttpPeer(port, "/mcp").with("Authorization", "Bearer secret");
    }

    private HttpPeer op() {
        return new HttpPeer(port, "/mcp").with("Authorization", "Bearer operator");
    }

    private HttpPeer eve() {
        return new HttpPeer(port, "/mcp").with("Authorization", "Bearer eve");
    }

    @Test
    void requiresACredential() throws Exception {
        try (var stranger = new HttpPeer(port, "/mcp")) {
            var answer = stranger.post(call(1, "say", "{}"));
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .startsWith("Bearer ")
                    .contains("resource_metadata=");
            assertThat(answer.body()).startsWith("{\"jsonrpc\":\"2.0\",\"error\"");
        }
    }

    /** Acceptance test 7. */
    @Test
    void hidesTheSessionsOfOthers() throws Exception {
        try (var owner = ada().initialize("2025-11-25", "{}");
                var other = op().with("Mcp-Session-Id", owner.header("Mcp-Session-Id"));
                Events stream = owner.get()) {
            assertThat(other.post(call(1, "say", "{}")).statusCode()).isEqualTo(404);
            assertThat(other.send("GET").statusCode()).isEqualTo(404);
            assertThat(other.send("DELETE").statusCode()).isEqualTo(404);
            assertThat(owner.post(call(1, "say", "{}")).statusCode()).isEqualTo(200);
            assertThat(stream.next()).isNotNull();
        }
    }

    @Test
    void endsTheLongestUnusedSessionOfAClientThatOpensTooMany() throws Exception {
        try (var other = op().initialize("2025-11-25", "{}");
                Events used = other.get()) {
            var opened = new ArrayList<HttpPeer>();
            for (int i = 0; i < 5; i++) {
                opened.add(ada().initialize("2025-11-25", "{}"));
            }
            assertThat(opened.getFirst().post(call(1, "say", "{}")).statusCode()).isEqualTo(404);
            assertThat(opened.getLast().post(call(1, "say", "{}")).statusCode()).isEqualTo(200);
            assertThat(other.post(call(1, "say", "{}")).statusCode()).isEqualTo(200);
            assertThat(used.next()).isNotNull();
            opened.forEach(HttpPeer::close);
        }
    }

    @Test
    void keepsTheOnlySessionOfAClientThroughTheFloodsOfOthers() throws Exception {
        try (var only = op().initialize("2025-11-25", "{}")) {
            var opened = new ArrayList<HttpPeer>();
            for (int i = 0; i < 3; i++) {
                opened.add(ada().initialize("2025-11-25", "{}"));
                opened.add(eve().initialize("2025-11-25", "{}"));
            }
            assertThat(only.post(call(1, "say", "{}")).statusCode()).isEqualTo(200);
            assertThat(sessions.all()).hasSize(4);
            opened.forEach(HttpPeer::close);
        }
    }

    @Test
    void refusesASessionIfAllOfTheClientAreInUse() throws Exception {
        try (var peer = op()) {
            var streams = new ArrayList<Events>();
            for (int i = 0; i < 3; i++) {
                streams.add(peer.copy().initialize("2025-11-25", "{}").get());
            }
            var answer =
                    peer.post(
                            """
                            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
                            "capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\
                            """);
            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            for (Events each : streams) {
                each.close();
            }
        }
    }

    @Test
    void forgetsASessionThatIsNotUsed() throws Exception {
        try (var peer = ada().initialize("2025-06-18", "{}")) {
            await().until(() -> sessions.all().isEmpty());
            assertThat(peer.post(call(1, "say", "{}")).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void keepsASilentStreamBeyondTheDeadlineOfRequests() throws Exception {
        try (var peer = ada().initialize("2025-11-25", "{}");
                Events stream = peer.get()) {
            assertThat(Objects.requireNonNull(stream.next()).data()).isEmpty();
            // the next comment arrives after three times the deadline
            assertThat(Objects.requireNonNull(stream.next()).data()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"Transfer-Encoding: chunked, '1\r\n \r\n'", "Content-Length: 5000, ' '"})
    void refusesABodyThatArrivesTooSlowly(String header, String piece) throws Exception {
        try (var socket = new Socket("127.0.0.1", port)) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    """
                    POST /mcp HTTP/1.1\r
                    Host: 127.0.0.1:%d\r
                    Authorization: Bearer secret\r
                    Content-Type: application/json\r
                    %s\r
                    \r
                    """
                            .formatted(port, header)
                            .getBytes(StandardCharsets.US_ASCII));
            var response = new StringBuilder();
            await().pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        trickle(out, piece);
                        byte[] some = new byte[socket.getInputStream().available()];
                        int read = socket.getInputStream().read(some);
                        response.append(
                                new String(some, 0, Math.max(0, read), StandardCharsets.UTF_8));
                        return response.indexOf("HTTP/1.1 408") >= 0;
                    });
        }
    }

    @ParameterizedTest
    @CsvSource({"Content-Type, ;, 415", "Accept, ';', 406", "Accept, 'application/json,;', 200"})
    void judgesAMediaTypeWithoutAName(String header, String value, int status) throws Exception {
        try (var peer = ada().initialize("2025-11-25", "{}").with(header, value)) {
            assertThat(peer.post(call(1, "say", "{}")).statusCode()).isEqualTo(status);
        }
    }

    private static void trickle(OutputStream out, String piece) {
        try {
            out.write(piece.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException closed) {
            // the response is in already
        }
    }

    @Test
    void limitsTheRequestsOfOneClient() throws Exception {
        control.reset();
        try (var peer = ada().initialize("2025-11-25", "{}")) {
            var calls = new ArrayList<Thread>();
            for (int i = 0; i < 20; i++) {
                String body = call(i, "wait", "{}");
                calls.add(Thread.startVirtualThread(() -> post(peer, body)));
            }
            await().until(() -> control.runs.get() == 20);
            assertThat(peer.post(call(99, "say", "{}")).statusCode()).isEqualTo(429);
            try (var other = op()) {
                assertThat(
                                other.initialize("2025-11-25", "{}")
                                        .post(call(1, "say", "{}"))
                                        .statusCode())
                        .isEqualTo(200);
            }
            control.go.countDown();
            for (Thread each : List.copyOf(calls)) {
                each.join();
            }
            assertThat(peer.post(call(99, "say", "{}")).statusCode()).isEqualTo(200);
        }
    }

    private static void post(HttpPeer peer, String body) {
        try {
            peer.post(body);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
