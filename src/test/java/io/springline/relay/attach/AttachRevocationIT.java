package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.auth.token.TokenHash;
import io.springline.relay.AttachedUpstreams;
import io.springline.testing.RawSocket;
import io.springline.testing.RedisServer;
import java.util.ArrayList;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** Revoked tokens of servers at a service whose replicas have all been stopped. */
@Timeout(180)
class AttachRevocationIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static ConfigurableApplicationContext node() {
        var arguments = new ArrayList<>(REDIS.arguments());
        arguments.add("--server.port=0");
        arguments.add("--springline.attach.tokens[0].name=lost");
        arguments.add("--springline.attach.tokens[0].hash=sha256:" + TokenHash.of("secret"));
        return new SpringApplicationBuilder(SpringlineApplication.class)
                .run(arguments.toArray(String[]::new));
    }

    private static int status(ConfigurableApplicationContext node) throws Exception {
        var server = ((WebServerApplicationContext) node).getWebServer();
        int port = Objects.requireNonNull(server).getPort();
        try (var socket = new RawSocket(port, "/mcp/attach?token=secret")) {
            return socket.status();
        }
    }

    @Test
    void refusesARevokedTokenAsSoonAsAReplicaHasStarted() throws Exception {
        try (var node = node()) {
            assertThat(status(node)).isEqualTo(101);
            assertThat(node.getBean(AttachedUpstreams.class).revoke("lost")).isTrue();
            assertThat(status(node)).isEqualTo(401);
        }
        try (var restarted = node()) {
            assertThat(status(restarted)).isEqualTo(401);
        }
    }
}
