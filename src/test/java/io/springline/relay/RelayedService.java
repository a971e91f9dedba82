package io.springline.relay;

import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.endpoint.EndpointView;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** Ends a scripted upstream. */
    void stop(String name) {
        upstreams.get(name).close();
    }

    /** Ends a scripted upstream, and starts one at the same port once that is seen. */
    void restart(String name, TestHttpUpstream.Script script) throws IOException {
        int port = upstreams.get(name).port();
        stop(name);
        awaitState(name, "down");
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        upstreams.put(name, new TestHttpUpstream(address, script));
        awaitState(name, "up");
    }

    UpstreamView view(String name) {
        return context.getBean(Upstreams.class).all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void awaitState(String name, String state) {
        await().until(() -> view(name).state().equals(state));
    }

    int port() {
        return context.getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    EndpointView endpoint(String name) {
        return Objects.requireNonNull(context.getBean(Upstreams.class).endpoint(name), name);
    }

    SocketPeer connect(String endpoint) {
        return SocketPeer.connect("ws://127.0.0.1:%s/mcp%s".formatted(port(), endpoint));
    }

    /** As the principal whose token is {@code tok-} and its name. */
    SocketPeer legacyAs(String principal, String endpoint) throws InterruptedException {
        return legacyWith("tok-" + principal, endpoint);
    }

    SocketPeer legacyWith(String token, String endpoint) throws InterruptedException {
        SocketPeer peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:%s/mcp%s".formatted(port(), endpoint),
                        Map.of("Authorization", "Bearer " + token),
                        "mcp");
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    /** Properties of principals with tokens and a role of the same name. */
    static List<String> principals(String... names) throws Exception {
        var properties = new ArrayList<String>();
        for (int i = 0; i < names.length; i++) {
            byte[] token = ("tok-" + names[i]).getBytes(StandardCharsets.UTF_8);
            String hash =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(token));
            String prefix = "--springline.auth.tokens[%d].".formatted(i);
            properties.add(prefix + "name=" + names[i]);
            properties.add(prefix + "roles=" + names[i]);
            properties.add(prefix + "hash=sha256:" + hash);
        }
        return properties;
    }

    /** Properties of an upstream that is our own stdio server. */
    static List<String> stdio(String name, String... flags) {
        StdioCommand command = StdioServer.command(flags);
        String prefix = "--springline.relay.upstreams." + name + ".";
        var properties = new ArrayList<>(List.of(prefix + "command=" + command.command()));
        for (int i = 0; i < command.args().size(); i++) {
            properties.add(prefix + "args[" + i + "]=" + command.args().get(i));
        }
        return properties;
    }

    /** Asks and takes the answer, whatever is announced before it. */
    static JsonNode ask(SocketPeer peer, String method, String params) throws Exception {
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params));
        JsonNode next = peer.receive();
        while (!next.has("id")) {
            next = peer.receive();
        }
        return next;
    }

    static JsonNode call(SocketPeer peer, String tool, String arguments) throws Exception {
        return ask(
                peer,
                "tools/call",
                "{\"name\":\"%s\",\"arguments\":%s}".formatted(tool, arguments));
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
        return ask(peer, method, "{}").at("/result/" + member);
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
