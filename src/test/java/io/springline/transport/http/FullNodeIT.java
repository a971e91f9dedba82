package io.springline.transport.http;

import static io.springline.testing.HttpPeer.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Events;
import io.springline.testing.RedisServer;
import io.springline.transport.http.StreamableHttpClusterIT.HookedStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** The requests of a session reach a node that has no room for it. */
@Timeout(120)
class FullNodeIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private final List<ConfigurableApplicationContext> nodes = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private HttpPeer atFirst;
    private HttpPeer atFull;
    private HttpPeer other;

    @BeforeEach
    void start() throws Exception {
        atFirst = peer(node());
        ConfigurableApplicationContext full = node();
        atFull = peer(full);
        other = peer(full);
        // A node takes sessions over once it has joined.
        await().until(() -> {
            atFirst.with("Mcp-Session-Id", null).initialize("2025-11-25", "{}");
            atFull.with("Mcp-Session-Id", atFirst.header("Mcp-Session-Id"));
            return status(atFull) == 200;
        });
        await().until(() -> status(atFirst) == 200);
    }

    private ConfigurableApplicationContext node() {
        var arguments = new ArrayList<>(RedisServer.arguments(REDIS.port()));
        arguments.add("--server.port=0");
        arguments.add("--springline.http.max-sessions=1");
        var node =
                new SpringApplicationBuilder(
                                SpringlineApplication.class, HttpTools.class, HookedStore.class)
                        .run(arguments.toArray(String[]::new));
        nodes.add(node);
        return node;
    }

    private HttpPeer peer(ConfigurableApplicationContext node) {
        var server = ((WebServerApplicationContext) node).getWebServer();
        var peer = new HttpPeer(Objects.requireNonNull(server).getPort(), "/mcp");
        open.add(peer);
        return peer;
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        nodes.forEach(ConfigurableApplicationContext::close);
    }

    private static int status(HttpPeer peer) throws IOException, InterruptedException {
        return peer.post(call(1, "say", "{}")).statusCode();
    }

    /** Another session uses all the room of the node. */
    private void fill() {
        try {
            Events stream = other.initialize("2025-11-25", "{}").get();
            open.addFirst(stream);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void leavesASessionToItsNode() throws Exception {
        fill();
        assertThat(status(atFull)).isEqualTo(503);
        assertThat(status(atFirst)).isEqualTo(200);
        other.send("DELETE");
        await().until(() -> status(atFull) == 200);
    }

    @Test
    void keepsASessionWhoseRoomIsTakenDuringTheTakeover() throws Exception {
        nodes.getLast().getBean(HookedStore.class).onClaimed = this::fill;
        assertThat(status(atFull)).isEqualTo(503);
        nodes.getLast().getBean(HookedStore.class).onClaimed = () -> {};
        assertThat(status(atFirst)).isEqualTo(200);
        other.send("DELETE");
        await().until(() -> status(atFull) == 200);
    }
}
