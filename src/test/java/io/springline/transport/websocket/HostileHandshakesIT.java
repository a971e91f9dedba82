package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.RawSocket;
import io.springline.transport.RequestDeadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** Clients that connect and never, or hardly, ask for an upgrade. */
@HostileTest
@TestPropertySource(
        properties = "springline.websocket.max-connections=" + HostileHandshakesIT.LIMIT)
class HostileHandshakesIT {

    static final int LIMIT = 1000;

    @LocalServerPort int port;
    @Autowired RequestDeadline deadline;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40, 150})
    void closesAConnectionWithAnIncompleteRequest(int length) throws Exception {
        try (var socket = RawSocket.withoutRequest(port)) {
            socket.sendRaw(bytes(RawSocket.request(port, "/mcp").substring(0, length)));
            assertThat(socket.isDropped()).isTrue();
        }
    }

    @Test
    void closesAConnectionThatSendsSingleBytes() throws Exception {
        try (var socket = RawSocket.withoutRequest(port)) {
            sendSingleBytesUntilDropped(socket);
        }
    }

    private static void sendSingleBytesUntilDropped(RawSocket socket) {
        byte[] request = bytes("GET /mcp HTTP/1.1\r\nX-Slow: " + "x".repeat(7000));
        int[] sent = {0};
        // long before the header is too large, and no gap longer than a tenth of the deadline
        Awaitility.await()
                .pollInterval(50, TimeUnit.MILLISECONDS)
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> {
                    try {
                        socket.sendRaw(new byte[] {request[sent[0]++]});
                        return false;
                    } catch (IOException dropped) {
                        return true;
                    }
                });
    }

    @Test
    void keepsAConnectionThatIsIdleBetweenTwoRequests() throws Exception {
        try (var idle = RawSocket.withoutRequest(port)) {
            idle.sendRaw(bytes("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n"));
            assertThat(idle.head()).startsWith("HTTP/1.1 405");
            // younger connections, whose ends show that the deadline has passed
            for (int i = 0; i < 2; i++) {
                try (var silent = RawSocket.withoutRequest(port)) {
                    assertThat(silent.isDropped()).isTrue();
                }
            }
            idle.sendRaw(bytes("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n"));
            assertThat(idle.head()).contains("HTTP/1.1 405");
        }
    }

    @Test
    void appliesTheDeadlineToASecondRequest() throws Exception {
        try (var socket = RawSocket.withoutRequest(port)) {
            socket.sendRaw(bytes("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n"));
            assertThat(socket.head()).startsWith("HTTP/1.1 405");
            sendSingleBytesUntilDropped(socket);
        }
    }

    @Test
    void appliesNoDeadlineAfterTheUpgrade() throws Exception {
        try (var socket = new RawSocket(port, "/mcp")) {
            await().until(() -> deadline.count() == 0);
            // this one is younger, and its end shows that the deadline has passed
            try (var silent = RawSocket.withoutRequest(port)) {
                assertThat(silent.isDropped()).isTrue();
            }
            socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
            assertThat(socket.read(RawSocket.TEXT).text()).contains("\"result\":{}");
        }
    }

    @Test
    void servesNewClientsWhileAThousandConnectionsWait() throws Exception {
        List<RawSocket> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < LIMIT + 200; i++) {
                crowd.add(RawSocket.withoutRequest(port));
                assertThat(deadline.count()).isLessThanOrEqualTo(LIMIT);
            }
            try (var socket = new RawSocket(port, "/mcp")) {
                assertThat(socket.status()).isEqualTo(101);
            }
            assertThat(crowd.getFirst().isDropped()).isTrue();
        } finally {
            for (RawSocket each : crowd) {
                each.close();
            }
        }
        await().until(() -> deadline.count() == 0);
    }

    @Test
    void answers431ToAHeaderOfAMegabyte() throws Exception {
        try (var socket = RawSocket.withoutRequest(port)) {
            socket.sendRaw(
                    bytes("GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + "x".repeat(20_000)));
            assertThat(socket.head()).startsWith("HTTP/1.1 431");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
                "GET\r\n\r\n",
                "GET /mcp HTTP/9.9\r\n\r\n",
                "GET /mcp HTTP/1.1\r\n\r\n",
                "GET /mcp HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET http://[::/ HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%zz/..%2f HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "\r\n\r\n\r\n\u0000"
            })
    void whatIsNoRequestIsRefused(String text) throws Exception {
        try (var socket = RawSocket.withoutRequest(port)) {
            socket.sendRaw(bytes(text));
            assertThat(socket.head()).matches("(?s)(HTTP/1.1 (4..|505).*)?");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sec-WebSocket-Version: 99", "Upgrade: h2c", "Connection: close"})
    void refusesABrokenUpgradeAndReleasesItsPermit(String header) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", header)) {
            assertThat(socket.status()).isBetween(400, 499);
        }
    }
}
