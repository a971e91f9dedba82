package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.auth.token.TokenHash;
import io.springline.testing.HttpPeer;
import io.springline.testing.RedisServer;
import java.util.ArrayList;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Revoked URL tokens of a service whose replicas have all been stopped. */
@Timeout(180)
class UrlTokenRevocationIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static ConfigurableApplicationContext node() {
        var arguments = new ArrayList<>(REDIS.arguments());
        arguments.add("--server.port=0");
        arguments.add("--springline.auth.url-tokens[0].name=device");
        arguments.add("--springline.auth.url-tokens[0].hash=sha256:" + TokenHash.of("secret"));
        arguments.add("--springline.auth.url-tokens[0].expires=2126-01-01T00:00:00Z");
        return new SpringApplicationBuilder(SpringlineApplication.class)
                .run(arguments.toArray(String[]::new));
    }

    private static int status(ConfigurableApplicationContext node) throws Exception {
        var server = ((WebServerApplicationContext) node).getWebServer();
        int port = Objects.requireNonNull(server).getPort();
        try (var peer = new HttpPeer(port, "/mcp?token=secret")) {
            return peer.modern("tools/list", null)
                    .post(
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{%s}}"
                                    .formatted(HttpPeer.MODERN))
                    .statusCode();
        }
    }

    @Test
    void refusesARevokedTokenAfterARestart() throws Exception {
        try (var node = node()) {
            assertThat(status(node)).isEqualTo(200);
            assertThat(node.getBean(UrlTokens.class).revoke("device")).isTrue();
            assertThat(status(node)).isEqualTo(401);
        }
        try (var restarted = node()) {
            assertThat(status(restarted)).isEqualTo(401);
        }
    }
}
