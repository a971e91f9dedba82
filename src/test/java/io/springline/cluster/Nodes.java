package io.springline.cluster;

import io.springline.testing.McpPeer;
import io.springline.testing.PluginJar;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Services from the jar that share a Redis, and what their tools have done. */
final class Nodes implements AutoCloseable {

    private static final String NODE_LEASE = "--springline.cluster.redis.node-lease=";

    private final List<RunningJar> running = new ArrayList<>();
    private final Path runs;
    private @Nullable Path patch;

    Nodes() throws IOException {
        runs = Files.createTempFile("runs-", ".txt");
    }

    /** Replaces classes of the services that are started from now on by those in this folder. */
    void patch(Path classes) {
        patch = classes;
    }

    /** Starts one, without waiting for it: see {@link #joined}. */
    RunningJar start(int redisPort, String... more) throws IOException {
        return start(RunningJar.freePort(), redisPort, more);
    }

    RunningJar start(int port, int redisPort, String... more) throws IOException {
        return start(port, RedisServer.arguments(redisPort), more);
    }

    /**
     * @param redis how Redis is found
     */
    RunningJar start(int port, List<String> redis, String... more) throws IOException {
        var arguments = new ArrayList<>(redis);
        if (Stream.of(more).noneMatch(each -> each.startsWith(NODE_LEASE))) {
            arguments.add(NODE_LEASE + "2s");
        }
        arguments.add("--spring.profiles.active=conformance");
        arguments.add("--springline.websocket.connection-rate-per-address=1000000/s");
        arguments.add("--test.runs=" + runs.toAbsolutePath());
        arguments.addAll(List.of(more));
        var node =
                new RunningJar(
                        port, patch, List.of(PluginJar.packed()), arguments.toArray(String[]::new));
        running.add(node);
        return node;
    }

    /** The services that were started. */
    List<RunningJar> all() {
        return List.copyOf(running);
    }

    /** Waits until it serves and Redis is there. */
    static RunningJar joined(RunningJar node) {
        node.ready();
        Awaitility.await()
                .atMost(java.time.Duration.ofMinutes(1))
                .until(() -> redis(node).equals("joined"));
        return node;
    }

    /** What a node says of Redis in its health. */
    static String redis(RunningJar node) {
        try {
            return health(node).path("redis").asString("");
        } catch (Exception e) {
            return e.toString();
        }
    }

    /** Whether Redis is there again and has been told all sessions of this node. */
    static boolean hasRejoined(RunningJar node) throws Exception {
        JsonNode cluster = health(node);
        return cluster.path("redis").asString("").equals("joined")
                && cluster.path("sessionsBehind").asInt(-1) == 0;
    }

    /** How often Redis has gone away, as this node sees it. */
    static int interruptions(RunningJar node) throws Exception {
        return health(node).path("interruptions").asInt();
    }

    private static JsonNode health(RunningJar node) throws Exception {
        return json(node, "/actuator/health").at("/components/cluster/details");
    }

    static JsonNode json(RunningJar node, String path) throws Exception {
        return McpPeer.JSON.readTree(node.get(path).body());
    }

    /** How often the tools have run for this key, on all nodes together. */
    long runs(String key) throws IOException {
        return Files.readAllLines(runs).stream().filter(key::equals).count();
    }

    /** All keys, once for each run. */
    List<String> runs() throws IOException {
        return Files.readAllLines(runs);
    }

    static SocketPeer connect(RunningJar node) {
        return SocketPeer.connect(node.uri());
    }

    static JsonNode open(McpPeer peer) throws Exception {
        return peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}")
                .get("result");
    }

    static JsonNode resume(McpPeer peer, JsonNode grant, long received) throws Exception {
        return peer.ask(resumption(grant, received));
    }

    static String resumption(JsonNode grant, long received) {
        return """
        {"jsonrpc":"2.0","id":"r","method":"springline/resume","params":{"token":%s,"epoch":%s,"received":%d}}\
        """
                .formatted(grant.get("token"), grant.get("epoch"), received);
    }

    /** A modern call of a tool. */
    static String call(Object id, String tool, String key, int millis) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{%s,"name":"%s","arguments":{"key":"%s","ms":%d}}}\
        """
                .formatted(id, McpPeer.meta("{}"), tool, key, millis);
    }

    static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString();
    }

    @Override
    public void close() {
        running.forEach(RunningJar::close);
    }
}
