package io.springline.transport.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.Http;
import io.springline.testing.RawSocket;
import io.springline.transport.ConnectionView;
import io.springline.transport.websocket.Connections;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.tokens[0].name=ada",
            // the SHA-256 of "secret"
            "springline.auth.tokens[0].hash=sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
            "springline.auth.tokens[1].name=op",
            // the SHA-256 of "operator"
            "springline.auth.tokens[1].hash=sha256:06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23",
            "springline.auth.tokens[1].roles=operator",
            "springline.websocket.trusted-proxies=127.0.0.0/8",
            "springline.websocket.connection-rate-per-address=40/s",
            "springline.websocket.max-connections=3",
            "springline.websocket.max-connections-per-principal=2",
            "springline.websocket.allowed-hosts=127.0.0.1,mcp.example.com",
            "springline.websocket.allowed-origins=https://app.example.com"
        })
class HandshakeIT {

    private static final String TOKEN = "Authorization: Bearer secret";
    private static final String OPERATOR = "Authorization: Bearer operator";

    @LocalServerPort int port;
    @Autowired Connections connections;

    private RawSocket upgrade(String... headers) throws Exception {
        return new RawSocket(port, "/mcp", headers);
    }

    @Test
    void asksAPlainGetForACredential() throws Exception {
        var response =
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(
                                                URI.create("http://127.0.0.1:" + port + "/mcp"))
                                        .build(),
                                BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate")).isPresent();
        assertThat(response.body().lines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    mcp                           | mcp
                    x, mcp                        | mcp
                    mcp, mcp.bearer.c2VjcmV0      | mcp
                    mcp.version.1, mcp.auth.secret|
                    """)
    void selectsMcpIfAndOnlyIfOffered(String offered, String selected) throws Exception {
        try (var socket = upgrade(TOKEN, "Sec-WebSocket-Protocol: " + offered)) {
            assertThat(socket.status()).isEqualTo(101);
            if (selected == null) {
                assertThat(socket.response()).doesNotContainIgnoringCase("Sec-WebSocket-Protocol");
            } else {
                assertThat(socket.response())
                        .containsIgnoringCase("Sec-WebSocket-Protocol: " + selected + "\r\n");
            }
            assertThat(socket.response()).doesNotContain("c2VjcmV0", "secret");
        }
        awaitNoConnections();
    }

    @Test
    void upgradesWithoutASubprotocolIfNoneIsOffered() throws Exception {
        try (var socket = upgrade(TOKEN)) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.response()).doesNotContainIgnoringCase("Sec-WebSocket-Protocol");
        }
        awaitNoConnections();
    }

    @Test
    void negotiatesNoCompressionByDefault() throws Exception {
        try (var socket = upgrade(TOKEN, "Sec-WebSocket-Extensions: permessage-deflate")) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.response()).doesNotContainIgnoringCase("permessage-deflate");
        }
        awaitNoConnections();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    -                             | Bearer realm="springline"
                    Authorization: Bearer wrong   | error="invalid_token"
                    Authorization: Basic c2VjcmV0 | Bearer realm="springline"
                    """)
    void withoutAValidTokenIs401(String header, String challenge) throws Exception {
        try (var socket = header == null ? upgrade() : upgrade(header)) {
            assertThat(socket.status()).isEqualTo(401);
            assertThat(socket.response())
                    .containsIgnoringCase("WWW-Authenticate: ")
                    .contains(challenge);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Host: evil.example.com                               | 403
                    Host: evil.example.com:8080                          | 403
                    Host: mcp.example.com                                | 101
                    Host: MCP.example.com:443                            | 101
                    Origin: https://evil.example.com                     | 403
                    Origin: null                                         | 403
                    Origin: http://app.example.com                       | 403
                    Origin: https://app.example.com.evil.example.com     | 403
                    Origin: https://app.example.com                      | 101
                    """)
    void hostAndOriginAreHeldAgainstTheirLists(String header, int status) throws Exception {
        try (var socket = upgrade(header, TOKEN)) {
            assertThat(socket.status()).isEqualTo(status);
        }
        awaitNoConnections();
    }

    @Test
    void refusesAReboundHostThatEqualsTheOrigin() throws Exception {
        try (var socket =
                upgrade("Host: evil.example.com", "Origin: http://evil.example.com", TOKEN)) {
            assertThat(socket.status()).isEqualTo(403);
        }
    }

    @Test
    void checksLimitsBeforeTheUpgradeAndReleasesPermits() throws Exception {
        try (var first = upgrade(TOKEN);
                var second = upgrade(TOKEN)) {
            assertThat(first.status()).isEqualTo(101);
            assertThat(second.status()).isEqualTo(101);
            try (var third = upgrade(TOKEN)) {
                assertThat(third.status()).isEqualTo(429);
                assertThat(third.response()).containsIgnoringCase("Retry-After: ");
            }
            try (var other = upgrade(OPERATOR)) {
                assertThat(other.status()).isEqualTo(101);
                try (var oneTooMany = upgrade(OPERATOR)) {
                    assertThat(oneTooMany.status()).isEqualTo(503);
                    assertThat(oneTooMany.response()).containsIgnoringCase("Retry-After: ");
                }
            }
        }
        awaitNoConnections();
        try (var again = upgrade(TOKEN)) {
            assertThat(again.status()).isEqualTo(101);
        }
        awaitNoConnections();
    }

    @Test
    void releasesThePermitOfAFailedUpgrade() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (var socket = upgrade(TOKEN, "Sec-WebSocket-Version: 7")) {
                assertThat(socket.status()).isNotEqualTo(101);
            }
        }
        try (var socket = upgrade(TOKEN)) {
            assertThat(socket.status()).isEqualTo(101);
        }
        awaitNoConnections();
    }

    @Test
    void checksTheRateOfAnAddressFirst() throws Exception {
        // Each address has its share; believed, because this test's own is a trusted proxy's.
        String from = "X-Forwarded-For: 203.0.113.9";
        int refused = 0;
        for (int i = 0; i < 1000 && refused == 0; i++) {
            try (var socket = upgrade(from)) {
                assertThat(socket.status()).isIn(401, 429);
                refused += socket.status() == 429 ? 1 : 0;
            }
        }
        assertThat(refused).isEqualTo(1);
        try (var other = upgrade("X-Forwarded-For: 203.0.113.10", TOKEN)) {
            assertThat(other.status()).isEqualTo(101);
            await().untilAsserted(() ->
                    assertThat(connections.all())
                            .extracting(ConnectionView::remoteAddress)
                            .containsExactly("203.0.113.10"));
        }
        awaitNoConnections();
    }

    private void awaitNoConnections() {
        await().pollInterval(Duration.ofMillis(10)).until(() -> connections.count() == 0);
    }

    @Test
    void allowsOnlyOperatorsToDrain() throws Exception {
        String drain = "/actuator/drain";
        assertThat(Http.send(port, "POST", drain).statusCode()).isEqualTo(401);
        for (String method : new String[] {"POST", "GET"}) {
            var response = Http.send(port, method, drain, "Authorization", "Bearer secret");
            assertThat(response.statusCode()).isEqualTo(403);
        }
        var seen = Http.send(port, "GET", drain, "Authorization", "Bearer operator");
        assertThat(seen.body()).contains("\"state\":\"serving\"");
    }
}
