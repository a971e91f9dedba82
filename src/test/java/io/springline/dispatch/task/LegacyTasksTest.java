package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.auth.access.AccessRules;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;

/** The experimental tasks of 2025-11-25. */
class LegacyTasksTest {

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

    private static InMemoryPeer peer(ApplicationContext context, Caller caller) throws Exception {
        return peer(context, caller, "2025-11-25");
    }

    private static InMemoryPeer peer(ApplicationContext context, Caller caller, String version)
            throws Exception {
        var peer = new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, caller);
        peer.initialize(version, "{\"elicitation\":{}}");
        return peer;
    }

    private final AtomicInteger ids = new AtomicInteger();

    private int send(McpPeer peer, String method, String params) {
        int id = ids.incrementAndGet();
        peer.send(
                """
                {"jsonrpc":"2.0","id":%d,"method":"%s","params":{%s}}\
                """
                        .formatted(id, method, params));
        return id;
    }

    /** Returns the answer; skips notifications, which may come at any time. */
    private JsonNode ask(McpPeer peer, String method, String params) throws Exception {
        return answerTo(peer, send(peer, method, params));
    }

    private static JsonNode answerTo(McpPeer peer, int id) throws Exception {
        JsonNode next = peer.receive();
        while (next.path("id").asInt(0) != id || next.has("method")) {
            assertThat(next.has("id")).as("%s", next).isFalse();
            next = peer.receive();
        }
        return next;
    }

    private static JsonNode next(McpPeer peer, String method) throws Exception {
        JsonNode next = peer.receive();
        while (!next.path("method").asString("").equals(method)) {
            next = peer.receive();
        }
        return next;
    }

    private String create(McpPeer peer, String tool) throws Exception {
        JsonNode created = ask(peer, "tools/call", "\"name\":\"%s\",\"task\":{}".formatted(tool));
        assertThat(created.at("/result/task/status").asString())
                .as("%s", created)
                .isEqualTo("working");
        return created.at("/result/task/taskId").stringValue();
    }

    private static String task(String id) {
        return "\"taskId\":\"%s\"".formatted(id);
    }

    private JsonNode getWhen(McpPeer peer, String task, String status) {
        return await().until(
                        () -> ask(peer, "tasks/get", task(task)).path("result"),
                        found -> found.path("status").asString("").equals(status));
    }

    @Test
    void advertisesTasksInThisRevisionOnly() {
        run((context, tools) -> {
            for (String version : List.of("2025-06-18", "2025-11-25")) {
                for (Caller caller : List.of(ANNE, Caller.ANONYMOUS)) {
                    try (var peer = new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, caller)) {
                        JsonNode offered =
                                peer.initialize(version, "{}").at("/result/capabilities/tasks");
                        assertThat(offered.at("/requests/tools").has("call"))
                                .isEqualTo(version.equals("2025-11-25"));
                        assertThat(offered.has("cancel")).isEqualTo(version.equals("2025-11-25"));
                        assertThat(offered.has("list"))
                                .isEqualTo(version.equals("2025-11-25") && !caller.isAnonymous());
                    }
                }
            }
        });
    }

    @Test
    void saysForEachToolWhetherItRunsAsATask() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE);
                    var older = peer(context, ANNE, "2025-06-18")) {
                var support = new ArrayList<String>();
                ask(peer, "tools/list", "")
                        .at("/result/tools")
                        .forEach(tool -> {
                            String name = tool.path("name").asString();
                            if (List.of("never", "slow", "gated", "required").contains(name)) {
                                support.add(name + tool.path("execution"));
                            }
                        });
                assertThat(support)
                        .containsExactlyInAnyOrder(
                                "never",
                                "slow{\"taskSupport\":\"optional\"}",
                                "gated{\"taskSupport\":\"optional\"}",
                                "required{\"taskSupport\":\"required\"}");
                ask(older, "tools/list", "")
                        .at("/result/tools")
                        .forEach(tool -> assertThat(tool.has("execution")).isFalse());
            }
        });
    }

    @Test
    void makesATaskOnRequestOnlyAndGivesItsResult() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                JsonNode plain = ask(peer, "tools/call", "\"name\":\"quick\"");
                assertThat(plain.at("/result/content/0/text").asString()).isEqualTo("at once");
                JsonNode created =
                        ask(peer, "tools/call", "\"name\":\"gated\",\"task\":{\"ttl\":60000}")
                                .at("/result/task");
                assertThat(created.path("ttl").asLong()).isEqualTo(60_000);
                assertThat(created.path("pollInterval").asLong()).isEqualTo(1000);
                String id = created.path("taskId").stringValue();
                assertThat(ask(peer, "tasks/get", task(id)).path("result")).isEqualTo(created);
                int waiting = send(peer, "tasks/result", task(id));
                tools.gate.countDown();
                JsonNode result = answerTo(peer, waiting).path("result");
                assertThat(result.at("/content/0/text").asString()).isEqualTo("done");
                assertThat(result.path("_meta").toString())
                        .isEqualTo(
                                "{\"io.modelcontextprotocol/related-task\":{\"taskId\":\"%s\"}}"
                                        .formatted(id));
                assertThat(result.has("resultType")).isFalse();
                assertThat(getWhen(peer, id, "completed").has("pollInterval")).isFalse();
            }
        });
    }

    @Test
    void notifiesTheClientThatHasMadeTheTask() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE);
                    var other = peer(context, ANNE)) {
                String id = create(peer, "gated");
                tools.gate.countDown();
                JsonNode status = next(peer, "notifications/tasks/status").path("params");
                assertThat(status.path("taskId").asString()).isEqualTo(id);
                assertThat(status.path("status").asString()).isEqualTo("completed");
                assertThat(status.has("ttl")).isTrue();
                assertThat(
                                other.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"ping\"}")
                                        .path("id"))
                        .hasToString("0");
            }
        });
    }

    @Test
    void asksTheClientThatWaitsForTheResultAlsoOnAnotherConnection() {
        run((context, tools) -> {
            String id;
            try (var peer = peer(context, ANNE)) {
                id = create(peer, "asking");
                getWhen(peer, id, "input_required");
            }
            try (var again = peer(context, ANNE)) {
                int waiting = send(again, "tasks/result", task(id));
                for (String name : List.of("Ada", "Lovelace")) {
                    JsonNode question = next(again, "elicitation/create");
                    assertThat(question.at("/params/_meta").toString())
                            .isEqualTo(
                                    "{\"io.modelcontextprotocol/related-task\":{\"taskId\":\"%s\"}}"
                                            .formatted(id));
                    again.send(
                            """
                            {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"%s"}}}\
                            """
                                    .formatted(question.get("id"), name));
                }
                assertThat(answerTo(again, waiting).at("/result/content/0/text").asString())
                        .isEqualTo("Ada Lovelace");
            }
        });
    }

    @Test
    void asksAllQuestionsOfAHandlerThatReturnsThem() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                String id = create(peer, "asking_twice");
                getWhen(peer, id, "input_required");
                int waiting = send(peer, "tasks/result", task(id));
                for (int i = 0; i < 2; i++) {
                    JsonNode question = next(peer, "elicitation/create");
                    peer.send(
                            """
                            {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"to %s"}}}\
                            """
                                    .formatted(
                                            question.get("id"),
                                            question.at("/params/message").asString()));
                }
                assertThat(answerTo(peer, waiting).at("/result/content/0/text").asString())
                        .isEqualTo("to A? and to B?");
            }
        });
    }

    @Test
    void treatsAFormThatTheClientRefusesAsCancelled() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                String id = create(peer, "confirming");
                getWhen(peer, id, "input_required");
                int waiting = send(peer, "tasks/result", task(id));
                JsonNode question = next(peer, "elicitation/create");
                peer.send(
                        """
                        {"jsonrpc":"2.0","id":%s,"error":{"code":-1,"message":"no"}}\
                        """
                                .formatted(question.get("id")));
                assertThat(answerTo(peer, waiting).at("/result/content/0/text").asString())
                        .isEqualTo("cancel");
            }
        });
    }

    @Test
    void cancelsATaskOnce() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                String id = create(peer, "gated");
                int waiting = send(peer, "tasks/result", task(id));
                int cancelling = send(peer, "tasks/cancel", task(id));
                var answers = new ArrayList<JsonNode>();
                while (answers.size() < 2) {
                    JsonNode next = peer.receive();
                    if (next.has("id")) {
                        answers.add(next);
                    }
                }
                for (JsonNode answer : answers) {
                    if (answer.path("id").asInt() == cancelling) {
                        assertThat(answer.at("/result/status").asString()).isEqualTo("cancelled");
                    } else {
                        assertThat(answer.path("id").asInt()).isEqualTo(waiting);
                        assertThat(answer.at("/error/code").asInt()).isEqualTo(-32602);
                    }
                }
                await().until(() -> tools.cancelActions.get() == 1);
                assertThat(ask(peer, "tasks/cancel", task(id)).at("/error/code").asInt())
                        .isEqualTo(-32602);
            }
        });
    }

    @Test
    void refusesToRunAToolInTheWayThatItDoesNotSupport() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                JsonNode forbidden = ask(peer, "tools/call", "\"name\":\"never\",\"task\":{}");
                assertThat(forbidden.at("/error/code").asInt()).isEqualTo(-32601);
                JsonNode required = ask(peer, "tools/call", "\"name\":\"required\"");
                assertThat(required.at("/error/code").asInt()).isEqualTo(-32601);
                assertThat(required.at("/error/message").asString()).contains("params.task");
                JsonNode unknown = ask(peer, "tools/call", "\"name\":\"nope\",\"task\":{}");
                assertThat(unknown.at("/error/code").asInt()).isEqualTo(-32602);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "[]", "{\"ttl\":-1}", "{\"ttl\":\"1h\"}", "{\"ttl\":1.5}"})
    void rejectsAnInvalidRequestForATask(String member) {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                JsonNode refused = ask(peer, "tools/call", "\"name\":\"quick\",\"task\":" + member);
                assertThat(refused.at("/error/code").asInt()).as("%s", refused).isEqualTo(-32602);
            }
        });
    }

    @Test
    void failsATaskWhoseToolHasFailed() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                String toolError = create(peer, "required");
                getWhen(peer, toolError, "failed");
                assertThat(ask(peer, "tasks/result", task(toolError)).at("/result/isError"))
                        .hasToString("true");
                String callError = create(peer, "broken");
                getWhen(peer, callError, "failed");
                JsonNode error = ask(peer, "tasks/result", task(callError)).path("error");
                assertThat(error.path("code").asInt()).isEqualTo(-32603);
                assertThat(error.path("message").asString()).isEqualTo("out of paper");
            }
        });
    }

    @Test
    void listsTheTasksOfTheCallerInPages() {
        run(
                (context, tools) -> {
                    try (var peer = peer(context, ANNE);
                            var bob = peer(context, BOB);
                            var anonymous = peer(context, Caller.ANONYMOUS)) {
                        var made = new ArrayList<String>();
                        for (int i = 0; i < 60; i++) {
                            made.add(create(peer, "quick"));
                        }
                        JsonNode first = ask(peer, "tasks/list", "").path("result");
                        String cursor = first.path("nextCursor").stringValue();
                        JsonNode second =
                                ask(peer, "tasks/list", "\"cursor\":\"%s\"".formatted(cursor))
                                        .path("result");
                        assertThat(second.has("nextCursor")).isFalse();
                        var listed = new ArrayList<String>();
                        first.path("tasks")
                                .forEach(each -> listed.add(each.path("taskId").asString()));
                        assertThat(listed).hasSize(50);
                        second.path("tasks")
                                .forEach(each -> listed.add(each.path("taskId").asString()));
                        assertThat(listed).containsExactlyInAnyOrderElementsOf(made);
                        assertThat(ask(bob, "tasks/list", "").at("/result/tasks")).isEmpty();
                        assertThat(
                                        ask(bob, "tasks/list", "\"cursor\":\"x\"")
                                                .at("/error/code")
                                                .asInt())
                                .isEqualTo(-32602);
                        assertThat(ask(anonymous, "tasks/list", "").at("/error/code").asInt())
                                .isEqualTo(-32601);
                    }
                },
                "springline.tasks.max-running=100");
    }

    @Test
    void hidesATaskWhileItsCallerMayNotUseTheTool() {
        run((context, tools) -> {
            try (var anne = peer(context, ANNE)) {
                String id = create(anne, "gated");
                var rules = context.getBean(AccessRules.class);
                rules.replace(
                        List.of(
                                new AccessRules.Rule(
                                        List.of("gated"), List.of(), List.of(), Set.of("admin"))));
                for (String method : List.of("get", "result", "cancel")) {
                    JsonNode hidden = ask(anne, "tasks/" + method, task(id));
                    JsonNode unknown = ask(anne, "tasks/" + method, task("tk_none"));
                    assertThat(hidden.at("/error/code").asInt()).isEqualTo(-32602);
                    assertThat(hidden.path("error")).isEqualTo(unknown.path("error"));
                }
                assertThat(ask(anne, "tasks/list", "").at("/result/tasks")).isEmpty();

                rules.replace(List.of());
                assertThat(ask(anne, "tasks/get", task(id)).at("/result/status").asString())
                        .isEqualTo("working");
            }
        });
    }

    @Test
    void hidesATaskFromOtherPrincipals() {
        run((context, tools) -> {
            try (var anne = peer(context, ANNE);
                    var bob = peer(context, BOB)) {
                String id = create(anne, "gated");
                for (String method : List.of("get", "result", "cancel")) {
                    JsonNode foreign = ask(bob, "tasks/" + method, task(id));
                    JsonNode unknown = ask(bob, "tasks/" + method, task("tk_none"));
                    assertThat(foreign.at("/error/code").asInt()).isEqualTo(-32602);
                    assertThat(foreign.path("error")).isEqualTo(unknown.path("error"));
                }
            }
        });
    }

    @Test
    void endsTheWaitForAResultThatIsCancelled() {
        run((context, tools) -> {
            try (var peer = peer(context, ANNE)) {
                String id = create(peer, "gated");
                int waiting = send(peer, "tasks/result", task(id));
                await().until(() -> context.getBean(TaskWaits.class).count() == 1);
                peer.send(
                        """
                        {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}\
                        """
                                .formatted(waiting));
                await().until(() -> context.getBean(TaskWaits.class).count() == 0);
                assertThat(ask(peer, "tasks/get", task(id)).at("/result/status").asString())
                        .isEqualTo("working");
            }
        });
    }
}
