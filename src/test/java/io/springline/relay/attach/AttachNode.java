package io.springline.relay.attach;

import io.springline.SpringlineApplication;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.AttachedUpstreams.State;
import io.springline.session.node.ClusterNodes;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** A replica in this process, to which servers may attach. */
record AttachNode(ConfigurableApplicationContext context) implements AutoCloseable {

    /** Starts one, and waits until it has reached Redis: it gives no new names before. */
    static AttachNode start(List<String> redis) {
        var arguments = new ArrayList<>(redis);
        arguments.add("--server.port=0");
        arguments.add("--springline.attach.enabled=true");
        arguments.add("--springline.attach.connection-rate-per-token=1000/s");
        arguments.add("--springline.attach.grace=20s");
        arguments.add("--springline.attach.max-connects-per-minute=1000");
        arguments.add("--springline.cluster.redis.node-lease=3s");
        // A test agent does not attach again if it is refused because the machine is busy.
        arguments.add("--springline.cluster.redis.patience=3s");
        ConfigurableApplicationContext context =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        ClusterNodes nodes = context.getBean(ClusterNodes.class);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !nodes.isAway());
        return new AttachNode(context);
    }

    int port() {
        var server = ((WebServerApplicationContext) context).getWebServer();
        return Objects.requireNonNull(server).getPort();
    }

    String attachUri(String query) {
        return "ws://127.0.0.1:%d/mcp/attach%s".formatted(port(), query);
    }

    SocketPeer client(String path, String capabilities) throws InterruptedException {
        SocketPeer peer = SocketPeer.connect("ws://127.0.0.1:%d%s".formatted(port(), path));
        peer.initialize("2025-11-25", capabilities);
        return peer;
    }

    boolean shows(String name, State state) {
        return context.getBean(AttachedUpstreams.class).all().stream()
                .anyMatch(each -> each.name().equals(name) && each.state() == state);
    }

    boolean knows(String name) {
        return context.getBean(AttachedUpstreams.class).all().stream()
                .anyMatch(each -> each.name().equals(name));
    }

    @Override
    public void close() {
        context.close();
    }
}
