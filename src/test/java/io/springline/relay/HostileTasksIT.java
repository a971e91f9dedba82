package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Attacks on tasks at curated endpoints, beside another principal that uses its own task. */
@Timeout(300)
class HostileTasksIT {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final String CAPABILITIES =
            "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}";

    private static final TaskUpstream DOCS = new TaskUpstream();

    private static RelayedService service;

    private final AtomicInteger ids = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        var properties = new ArrayList<>(RelayedService.principals("ada", "bob"));
        properties.add("--springline.requests.state-keys[0]=a secret of 32 characters or more");
        properties.add("--springline.endpoints.office.upstreams[0]=docs");
        properties.add("--springline.endpoints.office.upstreams[1]=local");
        properties.add("--springline.endpoints.studio.upstreams[0]=docs");
        properties.add("--springline.endpoints.studio.tools.rename[render]=paint");
        properties.add("--springline.tasks.always=echo");
        properties.add("--springline.tasks.max-running=10000");
        properties.add("--springline.tasks.max-stored=10000");
        service =
                new RelayedService(Map.of("docs", DOCS.server), properties.toArray(String[]::new));
        service.awaitState("docs", "up");
    }

    @AfterAll
    static void stop() {
        if (service != null) {
            service.close();
        }
    }

    private static SocketPeer peer(String principal, String endpoint) {
        return SocketPeer.connect(
                "ws://127.0.0.1:%s/mcp%s".formatted(service.port(), endpoint),
                Map.of("Authorization", "Bearer tok-" + principal),
                "mcp");
    }

    private void send(SocketPeer peer, int id, String method, String params) {
        peer.send(
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{%s,%s}}"
                        .formatted(id, method, McpPeer.meta(CAPABILITIES), params));
    }

    private JsonNode ask(SocketPeer peer, String method, String params) throws Exception {
        int id = ids.incrementAndGet();
        send(peer, id, method, params);
        JsonNode next = peer.receive();
        while (next.path("id").asInt() != id) {
            next = peer.receive();
        }
        return next;
    }

    private String create(SocketPeer peer, String tool, String arguments) throws Exception {
        String params = "\"name\":\"%s\",\"arguments\":%s".formatted(tool, arguments);
        return await().atMost(PATIENCE)
                .until(
                        () -> ask(peer, "tools/call", params).at("/result/taskId").asString(""),
                        id -> !id.isEmpty());
    }

    private JsonNode about(SocketPeer peer, String method, String id) throws Exception {
        String more = method.equals("tasks/update") ? ",\"inputResponses\":{}" : "";
        return ask(peer, method, "\"taskId\":\"%s\"%s".formatted(id, more));
    }

    private String status(SocketPeer peer, String id) throws Exception {
        return about(peer, "tasks/get", id).at("/result/status").asString("");
    }

    @Test
    void servesTheTaskOfACuratedEndpointThereAlone() throws Exception {
        try (var office = peer("ada", "/office");
                var studio = peer("ada", "/studio");
                var alone = peer("ada", "/docs");
                var main = peer("ada", "");
                var bob = peer("bob", "/office");
                var bystander = peer("bob", "/studio")) {
            String calm = create(bystander, "paint", "{}");
            String id = create(office, "render", "{}");
            String upstreams = DOCS.last();
            var handles =
                    List.of(
                            id,
                            id.substring(0, id.length() - 2),
                            id.substring(0, 3),
                            id.substring(0, 20) + "A" + id.substring(21) + "==",
                            " " + id,
                            id + id,
                            "t1." + "A".repeat(1_000_000),
                            upstreams);
            long before = DOCS.asked("tasks/get", upstreams);
            for (String method : List.of("tasks/get", "tasks/update", "tasks/cancel")) {
                for (String handle : handles) {
                    for (SocketPeer each : List.of(studio, alone, main, bob, office)) {
                        if (each != office || !handle.equals(id)) {
                            JsonNode answer = about(each, method, handle);
                            assertThat(answer.at("/error/code").asInt())
                                    .as("%s: %s", method, answer)
                                    .isEqualTo(-32602);
                            assertThat(answer.toString()).doesNotContain("render", "docs");
                        }
                    }
                }
                assertThat(status(bystander, calm)).isEqualTo("working");
            }
            assertThat(DOCS.asked("tasks/get", upstreams)).isEqualTo(before);
            assertThat(DOCS.asked("tasks/cancel", upstreams)).isZero();
            assertThat(status(office, id)).isEqualTo("working");
        }
    }

    @Test
    void answersEachOfThousandsOfReadsWhileAnotherReadsItsOwn() throws Exception {
        int reads = 3_000;
        try (var office = peer("ada", "/office");
                var bystander = peer("bob", "/studio")) {
            String calm = create(bystander, "paint", "{}");
            String id = create(office, "render", "{}");
            for (int n = 1; n <= reads; n++) {
                send(office, 10_000 + n, "tasks/get", "\"taskId\":\"%s\"".formatted(id));
            }
            for (int n = 0; n < 20; n++) {
                JsonNode answer = about(bystander, "tasks/get", calm);
                assertThat(answer.at("/result/status").asString(""))
                        .as("%s", answer)
                        .isEqualTo("working");
            }
            var answered = new HashSet<Integer>();
            while (answered.size() < reads) {
                JsonNode answer = office.receive();
                assertThat(answered.add(answer.path("id").asInt())).isTrue();
                assertThat(
                                answer.at("/result/status").asString("").equals("working")
                                        || answer.at("/error/code").asInt() < 0)
                        .as("%s", answer)
                        .isTrue();
            }
            // its rate limit may still refuse requests
            await().atMost(PATIENCE).until(() -> status(office, id), "working"::equals);
            assertThat(status(bystander, calm)).isEqualTo("working");
        }
    }

    @Test
    void keepsTheFirstEndOfATaskThatIsCancelledWhileItCompletes() throws Exception {
        var ends = new TreeMap<String, Integer>();
        try (var office = peer("ada", "/office");
                var other = peer("ada", "/office")) {
            for (int n = 0; n < 50; n++) {
                String id = create(office, "echo", "{\"message\":\"%d\"}".formatted(n));
                send(other, 1, "tasks/cancel", "\"taskId\":\"%s\"".formatted(id));
                String first =
                        await().atMost(PATIENCE)
                                .until(
                                        () -> status(office, id),
                                        each -> List.of("completed", "cancelled").contains(each));
                while (other.receive().path("id").asInt() != 1) {
                    // until the cancellation is answered
                }
                JsonNode end = about(office, "tasks/get", id).path("result");
                assertThat(end.path("status").asString()).isEqualTo(first);
                assertThat(end.has("result")).isEqualTo(first.equals("completed"));
                ends.merge(first, 1, Integer::sum);
            }
        }
        System.out.println("ends of tasks that were cancelled while they completed: " + ends);
    }
}
