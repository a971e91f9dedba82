package io.springline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.testing.Http;
import io.springline.testing.RawSocket;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The service with {@code springline.http.enabled=false}. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = "springline.http.enabled=false")
class StreamableHttpDisabledIT {

    @LocalServerPort int port;

    @Test
    void servesOnlyWebSocketsIfHttpIsDisabled() throws Exception {
        var get = Http.send(port, "GET", "/mcp");
        assertThat(get.statusCode()).isEqualTo(426);
        assertThat(get.headers().firstValue("Upgrade")).hasValue("websocket");
        assertThat(get.body()).isEqualTo("This is an MCP endpoint: connect to it by WebSocket.\n");
        var post = Http.send(port, "POST", "/mcp");
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).hasValue("GET");
        try (var socket = new RawSocket(port, "/mcp")) {
            assertThat(socket.status()).isEqualTo(101);
        }
    }
}
