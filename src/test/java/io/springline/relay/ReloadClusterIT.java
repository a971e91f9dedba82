package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.mcp.Topic;
import io.springline.reload.ConfigurationReload;
import io.springline.session.Backplane;
import io.springline.testing.HttpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Two replicas with Redis that read the same changed files. */
@Timeout(480)
class ReloadClusterIT {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String MARKER = "notifications/prompts/list_changed";

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    @TempDir Path folder;

    private final List<ConfigurableApplicationContext> nodes = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        write("find", "[echo]");
        for (int i = 0; i < 2; i++) {
            var arguments = new ArrayList<>(REDIS.arguments());
            arguments.add("--server.port=0");
            arguments.add("--spring.config.additional-location=file:" + folder + "/");
            arguments.add("--springline.reload.watch=false");
            arguments.add("--springline.cluster.redis.patience=10s");
            arguments.add("--springline.features.built-in=true");
            nodes.add(
                    new SpringApplicationBuilder(SpringlineApplication.class)
                            .run(arguments.toArray(String[]::new)));
        }
        await().atMost(LONG).until(() -> replicas(0).size() == 2 && replicas(1).size() == 2);
    }

    @AfterEach
    void stop() {
        nodes.forEach(ConfigurableApplicationContext::close);
    }

    private void write(String name, String rule) throws Exception {
        Files.writeString(
                folder.resolve("application.yml"),
                """
                springline:
                  endpoints:
                    team:
                      upstreams: [local]
                      tools:
                        rename: { echo: %s }
                  auth:
                    tokens:
                      - name: ada
                        hash: sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b
                        roles: [operator]
                    rules:
                      - tools: %s
                        roles: [operator]
                """
                        .formatted(name, rule));
    }

    private int port(int node) {
        return nodes.get(node).getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    private JsonNode reload(String verb, int node) throws Exception {
        var request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/actuator/reload"
                                                .formatted(port(node))))
                        .header("Authorization", "Bearer secret")
                        .header("Content-Type", "application/json")
                        .method(verb, BodyPublishers.noBody());
        return HttpPeer.json(
                HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString()).body());
    }

    private List<String> replicas(int node) throws Exception {
        return reload("GET", node)
                .path("replicas")
                .valueStream()
                .map(each -> each.path("version").asString())
                .toList();
    }

    private SocketPeer connect(int node, String path) throws Exception {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d/mcp%s".formatted(port(node), path),
                        Map.of("Authorization", "Bearer secret"),
                        "mcp");
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    /** Returns the changes of tools before the marker that each node publishes. */
    private int changes(SocketPeer peer) throws Exception {
        int changes = 0;
        for (int markers = 0; markers < 2; ) {
            String method = peer.receive().path("method").asString("");
            changes += method.equals("notifications/tools/list_changed") ? 1 : 0;
            markers += method.equals(MARKER) ? 1 : 0;
        }
        return changes;
    }

    private void publishMarkers() {
        for (var node : nodes) {
            for (String endpoint : List.of("", "team")) {
                node.getBean(Backplane.class).publish(endpoint, new Topic.PromptsChanged());
            }
        }
    }

    @Test
    void reloadsAllReplicasAndNotifiesEachClientOnce() throws Exception {
        try (var here = connect(0, "/team");
                var there = connect(1, "/team");
                var main = connect(1, "")) {
            write("look", "[echo]");
            assertThat(reload("POST", 0).path("changed").toString()).contains("rename.echo");
            awaitSame();
            publishMarkers();
            assertThat(changes(here)).isEqualTo(1);
            assertThat(changes(there)).isEqualTo(1);
            assertThat(changes(main)).isZero();
            write("look", "[echo, add]");
            reload("POST", 1);
            awaitSame();
            publishMarkers();
            assertThat(changes(here)).isEqualTo(1);
            assertThat(changes(there)).isEqualTo(1);
            assertThat(changes(main)).isEqualTo(1);
        }
    }

    private void awaitSame() {
        await().atMost(LONG)
                .until(() ->
                        replicas(0).stream().distinct().count() == 1
                                && nodes.stream()
                                                .map(each ->
                                                        each.getBean(ConfigurationReload.class))
                                                .map(each -> each.last().version())
                                                .distinct()
                                                .count()
                                        == 1);
    }
}
