package io.springline.relay;

import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service with upstreams that tests script. */
final class RelayedService implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Map<String, TestHttpUpstream> upstreams = new LinkedHashMap<>();
    private final ConfigurableApplicationContext context;

    /**
     * @param servers by the upstreams' names
     * @param properties further ones, as {@code --name=value}
     */
    RelayedService(Map<String, ? extends TestHttpUpstream.Script> servers, String... properties)
            throws IOException {
        var arguments = new ArrayList<>(List.of("--server.port=0"));
        for (var each : servers.entrySet()) {
            var upstream = new TestHttpUpstream(each.getValue());
            upstreams.put(each.getKey(), upstream);
            arguments.add(
                    "--springline.relay.upstreams.%s.url=%s"
                            .formatted(each.getKey(), upstream.url()));
        }
        arguments.addAll(List.of(properties));
        context =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
    }

    UpstreamView view(String name) {
        return context.getBean(Upstreams.class).all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void awaitState(String name, String state) {
        await().atMost(Duration.ofSeconds(30)).until(() -> view(name).state().equals(state));
    }

    private String port() {
        return context.getEnvironment().getProperty("local.server.port");
    }

    SocketPeer connect(String endpoint) {
        return SocketPeer.connect("ws://127.0.0.1:%s/mcp%s".formatted(port(), endpoint));
    }

    SocketPeer legacy(String endpoint) throws InterruptedException {
        SocketPeer peer = connect(endpoint);
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    JsonNode get(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
        return JsonMapper.shared()
                .readTree(HTTP.send(request.build(), BodyHandlers.ofString()).body());
    }

    String text(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
        return HTTP.send(request.build(), BodyHandlers.ofString()).body();
    }

    /** Of one kind, such as {@code tools}. */
    static JsonNode list(SocketPeer peer, String method, String member) throws Exception {
        return peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}".formatted(method))
                .at("/result/" + member);
    }

    static List<String> names(JsonNode list, String key) {
        return list.valueStream().map(each -> each.path(key).asString()).toList();
    }

    @Override
    public void close() {
        context.close();
        upstreams.values().forEach(TestHttpUpstream::close);
    }
}
