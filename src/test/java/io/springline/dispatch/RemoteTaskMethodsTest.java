package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.RemoteTask;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.feature.endpoint.Extensions;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.RequestId;
import io.springline.session.Caller;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.security.core.context.SecurityContextHolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tasks of two other servers: {@code docs} has each id that begins with {@code far-}, and {@code
 * slow} each that begins with {@code slow-}.
 */
class RemoteTaskMethodsTest {

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        @Bean
        ToolCallFilter filter() {
            return new ToolCallFilter() {
                @Override
                public ToolResult after(ToolCall call, ToolResult result) {
                    if (result.json().toString().contains("secret")) {
                        throw ErrorCode.INTERNAL_ERROR.exception("The filter has failed");
                    }
                    return result;
                }
            };
        }

        @Bean
        FarServer server() {
            return new FarServer();
        }
    }

    private static final class FarServer implements Extensions.Source {

        private volatile String state = "\"status\":\"working\"";
        private volatile int interval = 30_000;
        private final CountDownLatch hanging = new CountDownLatch(1);
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private final Set<String> methods = ConcurrentHashMap.newKeySet();
        private final Set<String> principals = ConcurrentHashMap.newKeySet();

        @Override
        public ObjectNode offered(Predicate<String> usable) {
            return JsonNodeFactory.instance.objectNode();
        }

        @Override
        public @Nullable RemoteTask task(Caller caller, String id) {
            return id.startsWith("far-") || id.startsWith("slow-") ? new FarTask(this, id) : null;
        }
    }

    private record FarTask(FarServer at, String id) implements RemoteTask {

        @Override
        public String server() {
            return id.startsWith("far-") ? "docs" : "slow";
        }

        @Override
        public String tool() {
            return "render";
        }

        @Override
        public ObjectNode request(RequestContext context, String method, ObjectNode params)
                throws InterruptedException {
            if (server().equals("slow")) {
                at.hanging.countDown();
                new CountDownLatch(1).await();
            }
            at.threads.add(Thread.currentThread());
            at.methods.add(method);
            var caller = SecurityContextHolder.getContext().getAuthentication();
            at.principals.add(caller == null ? "" : caller.getName());
            return (ObjectNode)
                    McpPeer.JSON.readTree(
                            """
                            {"taskId":"%s","createdAt":"2026-11-29T09:00:00Z","lastUpdatedAt":"2026-11-29T09:00:00Z",\
                            "ttlMs":60000,"pollIntervalMs":%d,%s}\
                            """
                                    .formatted(id, at.interval, at.state));
        }
    }

    private interface Check {
        void run(InMemoryPeer peer, FarServer server, Features features) throws Exception;
    }

    private static void with(Check check) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    Features features = context.getBean(Features.class);
                    FarServer server = context.getBean(FarServer.class);
                    features.extensions().add(server);
                    features.tools().add(List.of(tool("docs"), tool("slow")));
                    Caller ada = new Caller("ada", Set.of(), null);
                    try (var peer = new InMemoryPeer(context, "", ada)) {
                        check.run(peer, server, features);
                    }
                });
    }

    private static Tool tool(String server) {
        var definition =
                (ObjectNode)
                        McpPeer.JSON.readTree(
                                """
                                {"name":"%s_render","inputSchema":{"type":"object"}}\
                                """
                                        .formatted(server));
        return Tool.relayed(
                definition, (_, _) -> ToolResult.text("rendered"), List.of("render"), server);
    }

    private static String request(int id, String method, String params) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"%s","params":{%s,%s}}\
        """
                .formatted(
                        id,
                        method,
                        McpPeer.meta("{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"),
                        params);
    }

    private static String listen(int id, int first, int count) {
        String ids =
                IntStream.range(first, first + count)
                        .mapToObj("\"far-%d\""::formatted)
                        .collect(Collectors.joining(","));
        return request(
                id, "subscriptions/listen", "\"notifications\":{\"taskIds\":[%s]}".formatted(ids));
    }

    private static JsonNode next(McpPeer peer, String method) throws InterruptedException {
        JsonNode next = peer.receive();
        while (!next.path("method").asString("").equals(method)) {
            next = peer.receive();
        }
        return next.path("params");
    }

    private static final String ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

    @Test
    void failsATaskWhoseFilterFailsWithoutItsResult() {
        with((peer, server, _) -> {
            server.state =
                    """
                    "status":"completed","result":{"content":[{"type":"text","text":"secret"}]}\
                    """;
            JsonNode answer = peer.ask(request(1, "tasks/get", "\"taskId\":\"far-1\""));
            assertThat(answer.at("/result/status").asString()).isEqualTo("failed");
            assertThat(answer.at("/result/error/message").asString())
                    .isEqualTo("The filter has failed");
            assertThat(answer.toString()).doesNotContain("secret");

            server.state =
                    """
                    "status":"completed","result":{"content":[{"type":"text","text":"plain"}]}\
                    """;
            answer = peer.ask(request(2, "tasks/get", "\"taskId\":\"far-1\""));
            assertThat(answer.at("/result/status").asString()).isEqualTo("completed");
            assertThat(answer.at("/result/result/content/0/text").asString()).isEqualTo("plain");
        });
    }

    @Test
    void endsTheThreadOfASubscriptionWithIt() {
        with((peer, server, _) -> {
            for (int i = 1; i <= 5; i++) {
                peer.send(listen(i, 0, 3));
                next(peer, ACKNOWLEDGED);
                next(peer, "notifications/tasks");
                peer.send(
                        """
                        {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}\
                        """
                                .formatted(i));
            }
            await().until(() -> server.threads.stream().noneMatch(Thread::isAlive));
            assertThat(server.threads).hasSizeLessThanOrEqualTo(5);
            assertThat(server.principals).containsExactly("ada");
        });
    }

    @Test
    void readsALimitedNumberOfTasksForOneSession() {
        with((peer, _, _) -> {
            peer.send(listen(1, 0, 40));
            assertThat(next(peer, ACKNOWLEDGED).at("/notifications/taskIds")).hasSize(40);
            peer.send(listen(2, 40, 40));
            assertThat(next(peer, ACKNOWLEDGED).at("/notifications/taskIds")).hasSize(24);
            peer.send(listen(3, 80, 1));
            assertThat(next(peer, ACKNOWLEDGED).path("notifications").has("taskIds")).isFalse();
        });
    }

    @Test
    void readsNewTasksInPlaceOfThoseThatHaveEnded() {
        with((peer, server, _) -> {
            server.state = "\"status\":\"cancelled\"";
            peer.send(listen(1, 0, 64));
            assertThat(next(peer, ACKNOWLEDGED).at("/notifications/taskIds")).hasSize(64);
            for (int i = 0; i < 64; i++) {
                assertThat(next(peer, "notifications/tasks").path("status").asString())
                        .isEqualTo("cancelled");
            }
            var subscriptions = peer.session().subscriptions();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> subscriptions.taskIds(new RequestId.Number(1)).isEmpty());
            peer.send(listen(2, 64, 40));
            assertThat(next(peer, ACKNOWLEDGED).at("/notifications/taskIds")).hasSize(40);
            assertThat(next(peer, "notifications/tasks").path("status").asString())
                    .isEqualTo("cancelled");
        });
    }

    @Test
    void readsTheTasksOfAServerWhileAnotherDoesNotAnswer() {
        with((peer, server, _) -> {
            server.interval = 1_000;
            peer.send(
                    request(
                            1,
                            "subscriptions/listen",
                            """
                            "notifications":{"taskIds":["slow-1","far-1","slow-2"]}\
                            """));
            assertThat(next(peer, ACKNOWLEDGED).at("/notifications/taskIds")).hasSize(3);
            assertThat(server.hanging.await(1, TimeUnit.MINUTES)).isTrue();
            server.state = "\"status\":\"cancelled\"";
            JsonNode task = next(peer, "notifications/tasks");
            while (task.path("status").asString().equals("working")) {
                task = next(peer, "notifications/tasks");
            }
            assertThat(task.path("taskId").asString()).isEqualTo("far-1");
            assertThat(task.path("status").asString()).isEqualTo("cancelled");
        });
    }

    @Test
    void keepsListeningWhileTheToolIsNotOffered() {
        with((peer, _, features) -> {
            features.tools().remove(List.of("docs_render"));
            peer.send(listen(1, 0, 1));
            assertThat(next(peer, ACKNOWLEDGED).at("/notifications/taskIds")).hasSize(1);
            JsonNode away = peer.ask(request(2, "tasks/get", "\"taskId\":\"far-0\""));
            assertThat(away.at("/error/code").asInt()).isEqualTo(-32603);
            features.tools().add(List.of(tool("docs")));
            // the task is read every 5 s, which is longer than the patience of a mutation test
            String changed =
                    await().atMost(Duration.ofMinutes(1))
                            .until(() -> peer.poll(1000), Objects::nonNull);
            assertThat(changed).contains("notifications/tasks", "far-0");
        });
    }

    @Test
    void rejectsAnswersThatAreNotObjectsWithoutForwarding() {
        with((peer, server, _) -> {
            for (String answers : List.of("\"x\"", "{\"k\":1}")) {
                String params = "\"taskId\":\"far-1\",\"inputResponses\":%s".formatted(answers);
                JsonNode answer = peer.ask(request(1, "tasks/update", params));
                assertThat(answer.at("/error/code").asInt()).isEqualTo(-32602);
                assertThat(answer.at("/error/message").asString()).contains("inputResponses");
            }
            JsonNode missing = peer.ask(request(2, "tasks/update", "\"taskId\":\"far-1\""));
            assertThat(missing.at("/error/code").asInt()).isEqualTo(-32602);
            assertThat(server.methods).isEmpty();
        });
    }
}
