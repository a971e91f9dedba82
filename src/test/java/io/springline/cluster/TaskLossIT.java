package io.springline.cluster;

import static io.springline.cluster.Nodes.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RedisServer;
import io.springline.testing.RunningJar;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * Tasks of services that share a Redis, when another node serves them, or theirs is stopped or
 * killed.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TaskLossIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    /** Tasks of a rolling restart; {@code -Drolling.tasks=1000} for many. */
    private static final int TASKS = Integer.getInteger("rolling.tasks", 30);

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final String CAPABILITIES =
            "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}";

    private static Nodes nodes;
    private static RunningJar a;
    private static RunningJar b;
    private static RunningJar c;
    private int ids;

    @BeforeAll
    static void start() throws Exception {
        nodes = new Nodes();
        a = node();
        b = node();
        c = node();
        Nodes.joined(a);
        Nodes.joined(b);
        Nodes.joined(c);
    }

    private static RunningJar node() throws Exception {
        return nodes.start(
                REDIS.port(),
                "--springline.tasks.always=count",
                "--springline.tasks.max-running=5000",
                "--springline.tasks.max-stored=5000",
                "--springline.requests.max-in-flight=5000");
    }

    @AfterAll
    static void stop() {
        if (nodes != null) {
            nodes.close();
        }
    }

    private JsonNode ask(McpPeer peer, String method, String params) throws Exception {
        int id = ++ids;
        peer.send(
                """
                {"jsonrpc":"2.0","id":%d,"method":"%s","params":{%s,%s}}\
                """
                        .formatted(id, method, McpPeer.meta(CAPABILITIES), params));
        JsonNode next = peer.receive();
        while (next.path("id").asInt() != id) {
            next = peer.receive();
        }
        return next.path("result");
    }

    private String create(McpPeer peer, String tool, String arguments) throws Exception {
        JsonNode created =
                ask(
                        peer,
                        "tools/call",
                        "\"name\":\"%s\",\"arguments\":%s".formatted(tool, arguments));
        assertThat(created.path("resultType").asString()).as("%s", created).isEqualTo("task");
        return created.path("taskId").stringValue();
    }

    private String count(McpPeer peer, String key, int millis) throws Exception {
        return create(peer, "count", "{\"key\":\"%s\",\"ms\":%d}".formatted(key, millis));
    }

    private JsonNode get(McpPeer peer, String task) throws Exception {
        return ask(peer, "tasks/get", "\"taskId\":\"%s\"".formatted(task));
    }

    private JsonNode getWhen(McpPeer peer, String task, String status) {
        return await().atMost(PATIENCE)
                .until(
                        () -> get(peer, task),
                        found -> found.path("status").asString("").equals(status));
    }

    @Test
    @Order(1)
    void everyNodeReadsAnswersAndCancels() throws Exception {
        try (var onB = connect(b);
                var onA = connect(a)) {
            String asking = create(onB, "confirm_delete", "{\"filename\":\"x\"}");
            JsonNode questions = getWhen(onA, asking, "input_required").path("inputRequests");
            String key = questions.propertyNames().iterator().next();
            ask(
                    onA,
                    "tasks/update",
                    """
                    "taskId":"%s","inputResponses":{"%s":{"action":"accept","content":{"confirm":true}}}\
                    """
                            .formatted(asking, key));
            assertThat(getWhen(onA, asking, "completed").at("/result/content/0/text").asString())
                    .isEqualTo("deleted x");

            String running = count(onB, "cancelled", 600_000);
            assertThat(get(onA, running).path("status").asString()).isEqualTo("working");
            ask(onA, "tasks/cancel", "\"taskId\":\"%s\"".formatted(running));
            assertThat(get(onB, running).path("status").asString()).isEqualTo("cancelled");
            await().atMost(PATIENCE).until(() -> nodes.runs("cancelled was interrupted") == 1);
        }
    }

    @Test
    @Order(2)
    void failsTheTaskOfAKilledNodeAtEveryOtherNodeAndRunsItNotAgain() throws Exception {
        try (var onC = connect(c);
                var onA = connect(a);
                var onB = connect(b);
                var listening = connect(a)) {
            String task = count(onC, "killed", 600_000);
            listening.send(
                    """
                    {"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{%s,"notifications":{"taskIds":["%s"]}}}\
                    """
                            .formatted(McpPeer.meta(CAPABILITIES), task));
            assertThat(listening.receive().at("/params/notifications/taskIds/0").asString())
                    .isEqualTo(task);
            assertThat(listening.receive().at("/params/status").asString()).isEqualTo("working");
            assertThat(get(onB, task).path("status").asString()).isEqualTo("working");
            await().atMost(PATIENCE).until(() -> nodes.runs("killed") == 1);
            c.kill();
            for (McpPeer survivor : List.of(onA, onB)) {
                JsonNode failed = getWhen(survivor, task, "failed");
                assertThat(failed.at("/error/code").asInt()).isEqualTo(-32603);
                assertThat(failed.at("/error/data/reason").asString()).isEqualTo("worker-lost");
            }
            assertThat(listening.receive().at("/params/error/data/reason").asString())
                    .isEqualTo("worker-lost");
            assertThat(nodes.runs("killed")).isEqualTo(1);
        }
    }

    @Test
    @Order(3)
    void aRollingRestartLosesNoTaskAndRunsNoneTwice() throws Exception {
        var tasks = new LinkedHashMap<String, String>();
        RunningJar d = node();
        replace(a, tasks, TASKS / 2);
        Nodes.joined(d);
        replace(b, tasks, TASKS);
        try (var onD = connect(d)) {
            for (Map.Entry<String, String> task : tasks.entrySet()) {
                JsonNode end = get(onD, task.getValue());
                assertThat(end.at("/result/content/0/text").asString())
                        .as("%s", end)
                        .isEqualTo("ran " + task.getKey());
                assertThat(nodes.runs(task.getKey())).isEqualTo(1);
            }
        }
        assertThat(tasks).hasSize(TASKS);
    }

    /** Starts tasks at a node until there are {@code total}, and stops the node while they run. */
    private void replace(RunningJar node, Map<String, String> tasks, int total) throws Exception {
        try (var peer = connect(node)) {
            while (tasks.size() < total) {
                String key = "rolling-" + tasks.size();
                tasks.put(key, count(peer, key, 5_000));
            }
        }
        node.terminate();
        assertThat(node.awaitExit(Duration.ofMinutes(2))).isTrue();
    }
}
