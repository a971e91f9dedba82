package io.springline.transport.http;

import static io.springline.testing.HttpPeer.MODERN;
import static io.springline.testing.HttpPeer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.testing.HttpPeer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Acceptance test 17, with {@code springline.http.lenient-version-header}. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = "springline.http.lenient-version-header=true")
class LenientVersionHeaderIT {

    @LocalServerPort int port;

    @ParameterizedTest
    @CsvSource({
        "2025-11-25, 2026-07-28, 200, 0",
        "2025-03-26, 2026-07-28, 200, 0",
        "2026-07-28, 9999-01-01, 400, -32020",
        "9999-01-01, 2026-07-28, 400, -32020",
        "2025-11-25, 9999-01-01, 400, -32020"
    })
    void trustsACompleteModernBodyBehindALegacyHeader(
            String header, String body, int status, int code) throws Exception {
        try (var peer = new HttpPeer(port, "/mcp").with("MCP-Protocol-Version", header)) {
            var answer =
                    peer.post(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"tools/list","params":{%s}}\
                            """
                                    .formatted(MODERN.replace("2026-07-28", body)));
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(json(answer.body()).at("/error/code").asInt()).isEqualTo(code);
        }
    }
}
