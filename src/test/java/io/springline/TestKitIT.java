package io.springline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.example.host.HostApplication;
import io.springline.test.McpErrorException;
import io.springline.test.McpTest;
import io.springline.test.McpTestClient;
import io.springline.test.McpTransport;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The test kit, with the tools of an application that embeds Springline. */
@SpringBootTest(
        classes = HostApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.config.name=host",
            "springline.auth.tokens[0].name=tester",
            "springline.auth.tokens[0].hash=sha256:3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0",
            "tester.token=token"
        })
class TestKitIT {

    @LocalServerPort int port;

    @McpTest(token = "${tester.token}")
    void callsATool(McpTestClient mcp) {
        assertThat(mcp.callTool("weather", Map.of("city", "Oslo")).text())
                .contains("sunny in Oslo");
        assertThat(mcp.toolNames()).containsExactly("weather");
    }

    @McpTest(token = "${tester.token}")
    void tellsErrorsOfToolsFromErrorsOfTheProtocol(McpTestClient mcp) {
        assertThat(mcp.callTool("weather", Map.of()).isError()).isTrue();
        assertThatThrownBy(() -> mcp.callTool("unknown", Map.of()))
                .isInstanceOfSatisfying(
                        McpErrorException.class,
                        error -> assertThat(error.code()).isEqualTo(-32602));
    }

    @McpTest(value = McpTransport.HTTP, token = "${tester.token}")
    void sendsAnyRequest(McpTestClient mcp) {
        assertThat(mcp.request("ping", Map.of()).isEmpty()).isTrue();
    }

    @Test
    void refusesAClientWithAnInvalidToken() {
        URI http = URI.create("http://localhost:" + port + "/mcp");
        URI webSocket = URI.create("ws://localhost:" + port + "/mcp");
        assertThatThrownBy(() -> McpTestClient.http(http, "invalid"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("A valid credential is required");
        assertThatThrownBy(() -> McpTestClient.webSocket(webSocket, "invalid"))
                .isInstanceOf(IllegalStateException.class);
    }
}
