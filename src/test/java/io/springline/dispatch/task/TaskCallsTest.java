package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.auth.access.AccessRules;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;

class TaskCallsTest {

    private static final String TASKS =
            "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}";
    private static final String WITHOUT_TASKS = "{\"elicitation\":{}}";
    private static final Caller ANNE = new Caller("anne", Set.of(), null);
    private static final Caller BOB = new Caller("bob", Set.of(), null);

    private interface Conversation {
        void with(ApplicationContext context, TaskFixture tools) throws Exception;
    }

    private static void run(Conversation conversation, String... properties) {
        CoreContext.runner()
                .withUserConfiguration(TaskFixture.class)
                .withPropertyValues(properties)
                .run(context -> conversation.with(context, context.getBean(TaskFixture.class)));
    }

    private static InMemoryPeer peer(ApplicationContext context, Caller caller) {
        return new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, caller);
    }

    private final AtomicInteger ids = new AtomicInteger();

    private JsonNode ask(McpPeer peer, String method, String params) throws Exception {
        return ask(peer, method, params, TASKS);
    }

    private JsonNode ask(McpPeer peer, String method, String params, String capabilities)
            throws Exception {
        return peer.ask(
                """
                {"jsonrpc":"2.0","id":%d,"method":"%s","params":{%s,%s}}\
                """
                        .formatted(
                                ids.incrementAndGet(), method, McpPeer.meta(capabilities), params));
    }

    private JsonNode call(McpPeer peer, String tool) throws Exception {
        return ask(peer, "tools/call", "\"name\":\"%s\"".formatted(tool));
    }

    private String create(McpPeer peer, String tool) throws Exception {
        JsonNode created = call(peer, tool).path("result");
        assertThat(created.path("resultType").asString()).as("%s", created).isEqualTo("task");
        return created.path("taskId").stringValue();
    }

    private JsonNode get(McpPeer peer, String task) throws Exception {
        return ask(peer, "tasks/get", "\"taskId\":\"%s\"".formatted(task)).path("result");
    }

    private JsonNode getWhen(McpPeer peer, String task, String status) {
        return await().until(
                        () -> get(peer, task),
                        found -> found.path("status").asString("").equals(status));
    }

    @Test
    void answersWithATaskAndKeepsItsResult() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                JsonNode created = call(peer, "gated").path("result");
                assertThat(created.path("resultType").asString()).isEqualTo("task");
                assertThat(created.path("status").asString()).isEqualTo("working");
                assertThat(created.path("createdAt").asString())
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
                assertThat(created.path("ttlMs").asLong()).isEqualTo(3_600_000);
                assertThat(created.path("pollIntervalMs").asLong()).isEqualTo(1000);
                assertThat(created.has("result") || created.has("requestState")).isFalse();
                String id = created.path("taskId").stringValue();
                JsonNode working = get(peer, id);
                assertThat(working.path("resultType").asString()).isEqualTo("complete");
                assertThat(working.path("status").asString()).isEqualTo("working");
                tools.gate.countDown();
                JsonNode completed = getWhen(peer, id, "completed");
                assertThat(completed.at("/result/content/0/text").asString()).isEqualTo("done");
                assertThat(completed.has("pollIntervalMs")).isFalse();
                assertThat(get(peer, id)).isEqualTo(completed);
            }
        });
    }

    @Test
    void makesNoTaskForAClientThatDoesNotDeclareTheExtension() {
        run((context, tools) -> {
            tools.gate.countDown();
            try (var peer = new InMemoryPeer(context)) {
                JsonNode answer = ask(peer, "tools/call", "\"name\":\"gated\"", "{}");
                assertThat(answer.at("/result/resultType").asString()).isEqualTo("complete");
                assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("done");
                for (String method : new String[] {"get", "update", "cancel"}) {
                    JsonNode refused =
                            ask(
                                    peer,
                                    "tasks/" + method,
                                    "\"taskId\":\"nope\",\"inputResponses\":{}",
                                    "{}");
                    assertThat(refused.at("/error/code").asInt()).as(method).isEqualTo(-32021);
                    assertThat(refused.at("/error/data").toString())
                            .isEqualTo(
                                    "{\"requiredCapabilities\":{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}}");
                }
                JsonNode required = ask(peer, "tools/call", "\"name\":\"required\"", "{}");
                assertThat(required.at("/error/code").asInt()).isEqualTo(-32021);
            }
        });
    }

    @Test
    void promotesACallThatTakesLong() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                JsonNode quick = call(peer, "quick").path("result");
                assertThat(quick.path("resultType").asString()).isEqualTo("complete");
                String id = create(peer, "slow");
                tools.gate.countDown();
                JsonNode completed = getWhen(peer, id, "completed");
                assertThat(completed.at("/result/content/0/text").asString()).isEqualTo("done");
            }
        });
    }

    @Test
    void makesNoTaskIfTheClientAnswersWithARequestThatDoesNotDeclareTheExtension() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                // On a slow machine, a call may become a task before it asks.
                String state =
                        await().until(
                                        () -> requestState(call(peer, "asking_first")),
                                        found -> !found.isEmpty());
                peer.send(answered("asking_first", state, WITHOUT_TASKS));
                assertThat(peer.poll(500)).isNull();
                tools.gate.countDown();
                assertThat(peer.receive().at("/result/content/0/text").asString())
                        .isEqualTo("done");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {TASKS, WITHOUT_TASKS})
    void handsATaskOverOnlyIfTheLastRequestDeclaresTheExtension(String capabilities) {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                String state = requestState(call(peer, "handing_over"));
                JsonNode answer = peer.ask(answered("handing_over", state, capabilities));
                assertThat(answer.at("/result/content/0/text").asString())
                        .isEqualTo(String.valueOf(capabilities.equals(TASKS)));
            }
        });
    }

    private static String requestState(JsonNode answer) {
        return answer.at("/result/requestState").asString("");
    }

    private String answered(String tool, String state, String capabilities) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"%s",\
        "inputResponses":{"input":{"action":"decline"}},"requestState":"%s"}}\
        """
                .formatted(ids.incrementAndGet(), McpPeer.meta(capabilities), tool, state);
    }

    @Test
    void followsTheConfigurationBeforeTheTool() {
        run(
                (context, tools) -> {
                    try (var peer = new InMemoryPeer(context)) {
                        create(peer, "never");
                        assertThat(call(peer, "required").at("/result/resultType").asString())
                                .isEqualTo("complete");
                    }
                },
                "springline.tasks.always=nev*",
                "springline.tasks.never=required");
    }

    @Test
    void tellsAFailedToolFromAFailedCall() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                JsonNode toolError = getWhen(peer, create(peer, "required"), "completed");
                assertThat(toolError.at("/result/isError").asBoolean()).isTrue();
                JsonNode failed = getWhen(peer, create(peer, "broken"), "failed");
                assertThat(failed.at("/error/code").asInt()).isEqualTo(-32603);
                assertThat(failed.at("/error/message").asString()).isEqualTo("out of paper");
                assertThat(failed.has("result")).isFalse();
            }
        });
    }

    @Test
    void asksWithinTheTaskAndNeverUsesAKeyTwice() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                String id = create(peer, "asking");
                JsonNode first = getWhen(peer, id, "input_required").path("inputRequests");
                assertThat(first.propertyNames()).containsExactly("input-1");
                assertThat(first.at("/input-1/method").asString()).isEqualTo("elicitation/create");
                answer(peer, id, "input-1", "Ada");
                JsonNode second =
                        await().until(
                                        () -> get(peer, id).path("inputRequests"),
                                        open -> open.has("input-2"));
                assertThat(second.propertyNames()).containsExactly("input-2");
                answer(peer, id, "input-1", "superseded");
                answer(peer, id, "input-2", "Lovelace");
                JsonNode completed = getWhen(peer, id, "completed");
                assertThat(completed.at("/result/content/0/text").asString())
                        .isEqualTo("Ada Lovelace");
            }
        });
    }

    @Test
    void waitsForTheRestAfterAPartialAnswer() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                String id = create(peer, "asking_twice");
                getWhen(peer, id, "input_required");
                answer(peer, id, "b-2", "two");
                JsonNode partly = get(peer, id);
                assertThat(partly.path("status").asString()).isEqualTo("input_required");
                assertThat(partly.path("inputRequests").propertyNames()).containsExactly("a-1");
                answer(peer, id, "a-1", "one");
                JsonNode completed = getWhen(peer, id, "completed");
                assertThat(completed.at("/result/content/0/text").asString())
                        .isEqualTo("one and two");
            }
        });
    }

    private void answer(McpPeer peer, String task, String key, String name) throws Exception {
        JsonNode acked =
                ask(
                        peer,
                        "tasks/update",
                        """
                        "taskId":"%s","inputResponses":{"%s":{"action":"accept","content":{"name":"%s"}}}\
                        """
                                .formatted(task, key, name));
        assertThat(acked.at("/result/resultType").asString()).as("%s", acked).isEqualTo("complete");
    }

    @Test
    void cancelsTheHandlerAndStaysCancelled() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                String id = create(peer, "gated");
                await().until(() -> get(peer, id).path("status").asString("").equals("working"));
                for (int i = 0; i < 2; i++) {
                    JsonNode acked = ask(peer, "tasks/cancel", "\"taskId\":\"%s\"".formatted(id));
                    assertThat(acked.at("/result/resultType").asString()).isEqualTo("complete");
                    assertThat(acked.path("result").has("status")).isFalse();
                }
                await().until(() -> tools.cancelActions.get() == 1);
                assertThat(get(peer, id).path("status").asString()).isEqualTo("cancelled");
                await().until(() -> context.getBean(RunningTasks.class).count() == 0);
                assertThat(get(peer, id).path("status").asString()).isEqualTo("cancelled");
            }
        });
    }

    @Test
    void outlivesTheConnectionThatCreatedIt() {
        run((context, tools) -> {
            String id;
            try (var peer = peer(context, ANNE)) {
                id = create(peer, "slow");
            }
            try (var again = peer(context, ANNE)) {
                assertThat(get(again, id).path("status").asString()).isEqualTo("working");
                tools.gate.countDown();
                getWhen(again, id, "completed");
                assertThat(tools.interrupted).hasValue(0);
            }
        });
    }

    @Test
    void hidesATaskFromOtherPrincipals() {
        run((context, tools) -> {
            try (var anne = peer(context, ANNE);
                    var bob = peer(context, BOB)) {
                String id = create(anne, "gated");
                for (String method : new String[] {"get", "update", "cancel"}) {
                    String params = "\"taskId\":\"%s\",\"inputResponses\":{}";
                    JsonNode foreign = ask(bob, "tasks/" + method, params.formatted(id));
                    JsonNode unknown = ask(bob, "tasks/" + method, params.formatted("tk_none"));
                    assertThat(foreign.at("/error/code").asInt()).isEqualTo(-32602);
                    assertThat(foreign.path("error")).isEqualTo(unknown.path("error"));
                }
                assertThat(get(anne, id).path("status").asString()).isEqualTo("working");
            }
        });
    }

    @Test
    void hidesATaskWhileItsCallerMayNotUseTheTool() {
        run((context, tools) -> {
            try (var anne = peer(context, ANNE);
                    var listening = peer(context, ANNE)) {
                String id = create(anne, "gated");
                var rules = context.getBean(AccessRules.class);
                rules.replace(List.of(forRole("gated", "admin"), forRole("quick", "*")));
                for (String method : new String[] {"get", "update", "cancel"}) {
                    String params = "\"taskId\":\"%s\",\"inputResponses\":{}";
                    JsonNode hidden = ask(anne, "tasks/" + method, params.formatted(id));
                    JsonNode unknown = ask(anne, "tasks/" + method, params.formatted("tk_none"));
                    assertThat(hidden.at("/error/code").asInt()).isEqualTo(-32602);
                    assertThat(hidden.path("error")).isEqualTo(unknown.path("error"));
                }
                JsonNode acknowledged =
                        ask(
                                listening,
                                "subscriptions/listen",
                                "\"notifications\":{\"taskIds\":[\"%s\"]}".formatted(id));
                assertThat(acknowledged.at("/params/notifications").has("taskIds")).isFalse();

                rules.replace(List.of(forRole("gated", "admin"), forRole("*", "*")));
                assertThat(ask(anne, "tasks/get", "\"taskId\":\"%s\"".formatted(id)).has("error"))
                        .isTrue();
                rules.replace(List.of());
                assertThat(get(anne, id).path("status").asString()).isEqualTo("working");
            }
        });
    }

    @Test
    void servesATaskOfAVersionThatDidNotRecordTheEndpoint() {
        run((context, tools) -> {
            try (var anne = peer(context, ANNE)) {
                context.getBean(AccessRules.class).replace(List.of(forRole("gated", "admin")));
                Task earlier =
                        context.getBean(Tasks.class)
                                .create("anne", new TaskTool(null, List.of("gated")), null);
                assertThat(get(anne, earlier.id()).path("status").asString()).isEqualTo("working");
            }
        });
    }

    private static AccessRules.Rule forRole(String tool, String role) {
        return new AccessRules.Rule(List.of(tool), List.of(), List.of(), Set.of(role));
    }

    @Test
    void pushesEachStateToThoseWhoListen() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE);
                    var bob = peer(context, BOB)) {
                String id = create(peer, "gated");
                String filter = "\"notifications\":{\"taskIds\":[\"%s\",\"nope\"]}".formatted(id);
                assertThat(ask(bob, "subscriptions/listen", filter).at("/params/notifications"))
                        .isEmpty();
                JsonNode acked = ask(peer, "subscriptions/listen", filter);
                assertThat(acked.at("/params/notifications").toString())
                        .isEqualTo("{\"taskIds\":[\"%s\"]}".formatted(id));
                JsonNode now = peer.receive();
                assertThat(now.path("method").asString()).isEqualTo("notifications/tasks");
                assertThat(now.at("/params/status").asString()).isEqualTo("working");
                assertThat(now.path("params").path("_meta"))
                        .isEqualTo(acked.path("params").path("_meta"));
                tools.gate.countDown();
                JsonNode end = peer.receive();
                assertThat(end.at("/params/taskId").asString()).isEqualTo(id);
                assertThat(end.at("/params/status").asString()).isEqualTo("completed");
                assertThat(end.at("/params/result/content/0/text").asString()).isEqualTo("done");
                // not declared: an error, even for an id of nobody
                JsonNode undeclared =
                        ask(
                                bob,
                                "subscriptions/listen",
                                "\"notifications\":{\"taskIds\":[\"nope\"]}",
                                "{}");
                assertThat(undeclared.at("/error/code").asInt()).isEqualTo(-32021);
            }
        });
    }

    @Test
    void showsProgressAsStatusMessage() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                String id = create(peer, "reporting");
                await().until(
                                () -> get(peer, id).path("statusMessage").asString(""),
                                "page 1 of 4"::equals);
            }
        });
    }

    @Test
    void refusesTasksBeyondTheLimit() {
        run(
                (context, tools) -> {
                    try (var anne = peer(context, ANNE);
                            var bob = peer(context, BOB)) {
                        create(anne, "gated");
                        JsonNode refused = call(anne, "gated");
                        assertThat(refused.at("/error/code").asInt()).isEqualTo(-32603);
                        assertThat(refused.at("/error/message").asString())
                                .contains("springline.tasks.max-running");
                        create(bob, "gated");
                    }
                },
                "springline.tasks.max-running=1");
    }

    @Test
    void waitsForTheResultIfNoTaskCanBeMade() {
        run(
                (context, tools) -> {
                    try (var peer = peer(context, ANNE)) {
                        create(peer, "confirming"); // until it is answered
                        peer.send(
                                """
                                {"jsonrpc":"2.0","id":"slow","method":"tools/call","params":{%s,"name":"slow"}}\
                                """
                                        .formatted(McpPeer.meta(TASKS)));
                        assertThat(peer.poll(200)).isNull();
                        tools.gate.countDown();
                        JsonNode answer = peer.receive();
                        assertThat(answer.path("id").asString()).isEqualTo("slow");
                        assertThat(answer.at("/result/content/0/text").asString())
                                .isEqualTo("done");
                    }
                },
                "springline.tasks.max-running=1");
    }

    @Test
    void sleepsUntilItsQuestionIsAnswered() {
        run((context, tools) -> {
            try (var peer = new InMemoryPeer(context)) {
                getWhen(peer, create(peer, "confirming"), "input_required");
                context.getBean(RunningTasks.class).sweep();
                await().during(Duration.ofMillis(200))
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> tools.confirming.getState() == Thread.State.TIMED_WAITING);
            }
        });
    }

    @Test
    void failsATaskWhoseResultIsTooLarge() {
        run(
                (context, tools) -> {
                    try (var peer = new InMemoryPeer(context)) {
                        JsonNode failed = getWhen(peer, create(peer, "large"), "failed");
                        assertThat(failed.at("/error/message").asString())
                                .contains("springline.tasks.max-result");
                    }
                },
                "springline.tasks.max-result=2KB");
    }

    @Test
    void forgetsATaskWhenItsLifetimeIsOver() {
        run(
                (context, tools) -> {
                    try (var peer = new InMemoryPeer(context)) {
                        String id = create(peer, "gated");
                        // tasks are swept every 5 s, which is longer than the patience of a
                        // mutation test
                        await().atMost(Duration.ofMinutes(1))
                                .until(() ->
                                        ask(peer, "tasks/get", "\"taskId\":\"%s\"".formatted(id))
                                                        .at("/error/code")
                                                        .asInt()
                                                == -32602);
                        await().atMost(Duration.ofMinutes(1))
                                .until(() -> tools.cancelActions.get() == 1);
                    }
                },
                "springline.tasks.ttl=1s");
    }
}
