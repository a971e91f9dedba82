package io.springline.toolcall.approval;

import static io.springline.toolcall.approval.ApprovalFixture.ADA;
import static io.springline.toolcall.approval.ApprovalFixture.BOB;
import static io.springline.toolcall.approval.ApprovalFixture.YES;
import static io.springline.toolcall.approval.ApprovalFixture.answer;
import static io.springline.toolcall.approval.ApprovalFixture.call;
import static io.springline.toolcall.approval.ApprovalFixture.isQuestion;
import static io.springline.toolcall.approval.ApprovalFixture.legacyAnswer;
import static io.springline.toolcall.approval.ApprovalFixture.legacyCall;
import static io.springline.toolcall.approval.ApprovalFixture.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import io.springline.toolcall.approval.ApprovalFixture.Runs;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A call that needs an approval runs once, as approved, and in no other way. */
class ApprovalTest {

    private interface Check {
        void run(ApplicationContext context, InMemoryPeer ada, Runs runs) throws Exception;
    }

    private static void with(Check check, String... properties) {
        ApprovalFixture.runner()
                .withPropertyValues(properties)
                .run(context -> {
                    try (var ada = peer(context, ADA)) {
                        check.run(context, ada, context.getBean(Runs.class));
                    }
                });
    }

    private static void assertRefused(JsonNode answer) {
        assertThat(answer.at("/error/code").asInt()).as("%s", answer).isEqualTo(-32602);
    }

    @Test
    void asksAModernClientAndRunsOnce() {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{\"b\":1,\"a\":2}");
            assertThat(runs).isEmpty();
            assertThat(question.at("/result/inputRequests/approval/params/message").asString())
                    .contains("Tool: wipe", "Server: this service", "\"b\": 1", "\"a\": 2");
            JsonNode done = answer(ada, "wipe", "{\"a\":2,\"b\":1}", question, YES);
            assertThat(done.at("/result/content/0/text").asString()).isEqualTo("wiped");
            assertThat(runs).hasSize(1);
        });
    }

    @Test
    void asksALegacyClientAndRunsOnce() {
        with((_, ada, runs) -> {
            ada.initialize("2025-11-25", "{\"elicitation\":{}}");
            JsonNode question = legacyCall(ada, "wipe", "{\"a\":1}");
            assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
            assertThat(question.at("/params/message").asString()).contains("\"a\": 1");
            assertThat(runs).isEmpty();
            assertThat(legacyAnswer(ada, question, YES).at("/result/content/0/text").asString())
                    .isEqualTo("wiped");
            assertThat(runs).containsExactly("{\"a\":1}");
            assertThat(legacyCall(ada, "wipe", "{\"a\":1}").path("method").asString())
                    .as("the same call again")
                    .isEqualTo("elicitation/create");
        });
    }

    @Test
    void doesNotAskForOtherTools() {
        with((_, ada, _) ->
                assertThat(call(ada, "look", "{}").at("/result/content/0/text").asString())
                        .isEqualTo("seen"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"action\":\"decline\"}",
                "{\"action\":\"cancel\"}",
                "{\"action\":\"accept\"}",
                "{\"action\":\"accept\",\"content\":{\"approve\":false}}",
                "{\"action\":\"accept\",\"content\":{\"approve\":\"true\"}}",
                "{\"action\":\"decline\",\"content\":{\"approve\":true}}",
                "{}"
            })
    void refusesUnlessThePersonSaysYes(String no) {
        with((_, ada, runs) -> {
            JsonNode modern = answer(ada, "wipe", "{}", call(ada, "wipe", "{}"), no);
            assertThat(modern.at("/result/isError").asBoolean()).as("%s", modern).isTrue();
            assertThat(runs).isEmpty();
        });
        with((_, ada, runs) -> {
            ada.initialize("2025-11-25", "{\"elicitation\":{}}");
            JsonNode legacy = legacyAnswer(ada, legacyCall(ada, "wipe", "{}"), no);
            assertThat(legacy.at("/result/isError").asBoolean()).as("%s", legacy).isTrue();
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void refusesAClientThatCannotBeAsked() {
        with((_, ada, runs) -> {
            JsonNode modern =
                    ada.ask(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"tools/call",\
                            "params":{"name":"wipe",%s}}\
                            """
                                    .formatted(McpPeer.meta("{}")));
            assertThat(modern.at("/error/code").asInt()).isEqualTo(-32021);
            assertThat(modern.at("/error/message").asString())
                    .contains("needs an approval", "cannot be asked");
            assertThat(modern.at("/error/data/requiredCapabilities").has("elicitation")).isTrue();
            assertThat(runs).isEmpty();
        });
        for (String version : List.of("2025-11-25", "2025-03-26")) {
            with((_, ada, runs) -> {
                ada.initialize(
                        version, version.equals("2025-03-26") ? "{\"elicitation\":{}}" : "{}");
                JsonNode legacy = legacyCall(ada, "wipe", "{}");
                assertThat(legacy.at("/result/isError").asBoolean()).isTrue();
                assertThat(legacy.toString()).contains("cannot be asked");
                assertThat(runs).isEmpty();
            });
        }
    }

    @Test
    void refusesEachCallOfABatch() {
        with((_, ada, runs) -> {
            ada.initialize("2025-03-26", "{\"elicitation\":{}}");
            String call =
                    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"wipe\"}}";
            JsonNode answers = ada.ask("[" + call.formatted(1) + "," + call.formatted(2) + "]");
            assertThat(answers).hasSize(2);
            answers.forEach(each -> assertThat(each.toString()).contains("cannot be asked"));
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void refusesChangedArguments() {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{\"path\":\"/tmp\"}");
            assertRefused(answer(ada, "wipe", "{\"path\":\"/\"}", question, YES));
            assertThat(runs).isEmpty();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "9007199254740993 | 9007199254740992",
                "1e400 | 1e401",
                "0.1 | 0.10000000000000001",
                "123456789012345678901234567890 | 123456789012345678901234567891",
                "1 | true",
                "1 | \"1\"",
                "null | \"null\"",
                "\"\u00e9\" | \"e\u0301\"",
                "\"a\" | \"a\\u200b\"",
                "[1,2] | [2,1]",
                "{} | []",
                "{\"x\":{\"a\":1}} | {\"x\":{\"a\":1,\"b\":null}}"
            })
    void refusesOtherValuesOfAnArgument(String approved, String other) {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{\"n\":" + approved + "}");
            assertThat(isQuestion(question)).as("%s", question).isTrue();
            JsonNode answer = answer(ada, "wipe", "{\"n\":" + other + "}", question, YES);
            assertThat(answer.has("error")).as("%s", answer).isTrue();
            assertThat(runs).isEmpty();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1 | 1.0", "100 | 1e2", "1.5 | 1.50", "-0.0 | 0", "\"a\" | \"\\u0061\""})
    void runsOnceForAnotherFormOfAnArgument(String approved, String other) {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{\"n\":" + approved + "}");
            answer(ada, "wipe", "{\"n\":" + other + "}", question, YES);
            answer(ada, "wipe", "{\"n\":" + other + "}", question, YES);
            answer(ada, "wipe", "{\"n\":" + approved + "}", question, YES);
            assertThat(runs).hasSizeLessThanOrEqualTo(1);
        });
    }

    @Test
    void doesNotRunADeclinedCallWhoseRuleIsRemoved() {
        with((context, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{}");
            JsonNode other = call(ada, "ask_and_wipe", "{}");
            context.getBean(Approvals.class).replace(List.of());
            JsonNode declined = answer(ada, "wipe", "{}", question, "{\"action\":\"decline\"}");
            assertThat(declined.at("/result/isError").asBoolean()).as("%s", declined).isTrue();
            assertThat(runs).isEmpty();
            assertThat(isQuestion(answer(ada, "ask_and_wipe", "{}", other, YES)))
                    .as("the tool's own question")
                    .isTrue();
            assertThat(answer(ada, "wipe", "{}", question, YES).has("result")).isTrue();
            assertThat(runs).hasSize(1);
        });
    }

    @Test
    void asksByARuleThatIsAddedBetweenTwoRounds() {
        with((context, ada, runs) -> {
            Approvals approvals = context.getBean(Approvals.class);
            List<ApprovalProperties.Rule> rules = context.getBean(ApprovalProperties.class).rules();
            approvals.replace(List.of());
            JsonNode own = call(ada, "ask_and_wipe", "{}");
            approvals.narrow(rules);
            JsonNode question = answer(ada, "ask_and_wipe", "{}", own, "{\"action\":\"accept\"}");
            assertThat(question.at("/result/inputRequests").has("approval"))
                    .as("%s", question)
                    .isTrue();
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void refusesOtherParamsThatTheToolWouldGet() {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{}");
            assertRefused(
                    call(
                            ada,
                            "wipe",
                            "{}",
                            ",\"task\":{\"ttl\":1},\"inputResponses\":{\"approval\":%s},\"requestState\":%s"
                                    .formatted(YES, question.at("/result/requestState"))));
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void refusesTheApprovalOfAnotherTool() {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "tidy", "{}");
            assertThat(isQuestion(question)).as("matched by its former name").isTrue();
            assertRefused(answer(ada, "wipe", "{}", question, YES));
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void refusesAReplay() {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{}");
            answer(ada, "wipe", "{}", question, YES);
            assertRefused(answer(ada, "wipe", "{}", question, YES));
            assertThat(runs).hasSize(1);
        });
    }

    @Test
    void refusesAYesAfterANo() {
        with((_, ada, runs) -> {
            JsonNode question = call(ada, "wipe", "{}");
            answer(ada, "wipe", "{}", question, "{\"action\":\"decline\"}");
            assertRefused(answer(ada, "wipe", "{}", question, YES));
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void runsOnceIfTwoTabsAnswer() {
        with((context, ada, runs) -> {
            try (var tab = peer(context, ADA)) {
                JsonNode question = call(ada, "wipe", "{}");
                answer(ada, "wipe", "{}", question, YES);
                assertRefused(answer(tab, "wipe", "{}", question, YES));
                assertThat(isQuestion(call(tab, "wipe", "{}"))).isTrue();
                assertThat(runs).hasSize(1);
            }
        });
    }

    @Test
    void refusesAnotherPrincipal() {
        with((context, ada, runs) -> {
            try (var bob = peer(context, BOB)) {
                JsonNode question = call(ada, "wipe", "{}");
                assertRefused(answer(bob, "wipe", "{}", question, YES));
                assertThat(runs).isEmpty();
            }
        });
    }

    @Test
    void refusesAnotherReplicaWithoutRedis() {
        with((_, ada, runs) ->
                with((other, _, otherRuns) -> {
                    try (var there = peer(other, ADA)) {
                        JsonNode question = call(ada, "wipe", "{}");
                        assertRefused(answer(there, "wipe", "{}", question, YES));
                        assertThat(runs).isEmpty();
                        assertThat(otherRuns).isEmpty();
                    }
                }));
    }

    @Test
    void refusesAnExpiredApproval() {
        with(
                (_, ada, runs) -> {
                    JsonNode question = call(ada, "wipe", "{}");
                    Awaitility.await().pollDelay(Duration.ofMillis(1200)).until(() -> true);
                    assertRefused(answer(ada, "wipe", "{}", question, YES));
                    assertThat(runs).isEmpty();
                },
                "springline.approval.rules[0].lifetime=1s");
    }

    @Test
    void asksIfTheAnswerComesWithoutAQuestion() {
        with((_, ada, runs) -> {
            JsonNode answer =
                    call(ada, "wipe", "{}", ",\"inputResponses\":{\"approval\":%s}".formatted(YES));
            assertThat(isQuestion(answer)).isTrue();
            assertThat(runs).isEmpty();
        });
    }

    @Test
    void asksOnceForAToolThatAsksItself() {
        with((_, ada, runs) -> {
            JsonNode approval = call(ada, "ask_and_wipe", "{}");
            JsonNode question = answer(ada, "ask_and_wipe", "{}", approval, YES);
            assertThat(question.at("/result/inputRequests").has("really")).isTrue();
            answer(ada, "ask_and_wipe", "{}", question, YES);
            assertThat(runs).containsExactly("{\"mine\":1} {}");
            assertRefused(answer(ada, "ask_and_wipe", "{}", question, YES));
            assertThat(runs).as("the replay of a later round").hasSize(1);
        });
    }

    @Test
    void asksALegacyClientOnceForAToolThatAsksItself() {
        with((_, ada, runs) -> {
            ada.initialize("2025-11-25", "{\"elicitation\":{}}");
            JsonNode approval = legacyCall(ada, "ask_and_wipe", "{}");
            JsonNode question = legacyAnswer(ada, approval, YES);
            assertThat(question.at("/params/message").asString()).isEqualTo("Really?");
            assertThat(
                            legacyAnswer(ada, question, "{\"action\":\"accept\",\"content\":{}}")
                                    .toString())
                    .contains("wiped");
            assertThat(runs).containsExactly("{\"mine\":1} {}");
        });
    }

    @Test
    void asksOnceForAToolThatBlocksForInput() {
        with((_, ada, runs) -> {
            JsonNode approval = call(ada, "block_and_wipe", "{}");
            JsonNode question = answer(ada, "block_and_wipe", "{}", approval, YES);
            assertThat(runs).isEmpty();
            answer(ada, "block_and_wipe", "{}", question, "{\"action\":\"accept\",\"content\":{}}");
            assertThat(runs).hasSize(1);
        });
    }

    private static JsonNode ofTask(McpPeer peer, String method, String params) throws Exception {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s,%s}}"
                        .formatted(
                                method,
                                McpPeer.meta(
                                        "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"),
                                params));
    }

    private static JsonNode taskWhen(McpPeer peer, String id, String status) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(
                        () -> ofTask(peer, "tasks/get", id).path("result"),
                        task -> task.path("status").asString("").equals(status));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void asksBeforeATaskRuns(boolean yes) {
        with(
                (_, ada, runs) -> {
                    JsonNode created = ofTask(ada, "tools/call", "\"name\":\"wipe\"");
                    String id = "\"taskId\":" + created.at("/result/taskId");
                    JsonNode asking = taskWhen(ada, id, "input_required");
                    assertThat(runs).isEmpty();
                    ofTask(
                            ada,
                            "tasks/update",
                            id
                                    + ",\"inputResponses\":{\"%s\":{\"action\":\"accept\",\"content\":{\"approve\":%b}}}"
                                            .formatted(
                                                    asking.path("inputRequests")
                                                            .propertyNames()
                                                            .iterator()
                                                            .next(),
                                                    yes));
                    JsonNode done = taskWhen(ada, id, "completed");
                    assertThat(done.at("/result/isError").asBoolean(false)).isEqualTo(!yes);
                    assertThat(runs).hasSize(yes ? 1 : 0);
                },
                "springline.tasks.always=wipe");
    }

    @Test
    void showsTheArgumentsThatAFilterHasChanged() {
        ApprovalFixture.runner()
                .withBean(
                        ToolCallFilter.class,
                        () ->
                                new ToolCallFilter() {
                                    @Override
                                    public ObjectNode before(ToolCall call, ObjectNode arguments) {
                                        return arguments.put("path", "/changed");
                                    }
                                })
                .run(context -> {
                    try (var ada = peer(context, ADA)) {
                        JsonNode question = call(ada, "wipe", "{\"path\":\"/\"}");
                        assertThat(question.toString()).contains("/changed");
                        answer(ada, "wipe", "{\"path\":\"/\"}", question, YES);
                        assertThat(context.getBean(Runs.class))
                                .containsExactly("{\"path\":\"/changed\"}");
                    }
                });
    }

    @Test
    void matchesByUpstreamAndByHint() {
        with(
                (_, ada, _) -> {
                    assertThat(isQuestion(call(ada, "tidy", "{}"))).as("upstream").isTrue();
                    assertThat(isQuestion(call(ada, "wipe", "{}"))).as("no hint").isTrue();
                    assertThat(isQuestion(call(ada, "look", "{}"))).as("read-only").isFalse();
                },
                "springline.approval.rules[0].tools=none",
                "springline.approval.rules[1].upstreams=fil*",
                "springline.approval.rules[2].upstreams=local",
                "springline.approval.rules[2].destructive=true");
    }

    @Test
    void rejectsRulesAndUrlsThatCannotWork() {
        var minute = Duration.ofMinutes(1);
        var nothing = new ApprovalProperties.Rule(List.of(), List.of(), false, minute);
        assertThatThrownBy(() -> new ApprovalProperties(List.of(nothing), null, null, minute))
                .hasMessageContaining("springline.approval.rules[0]: matches nothing");
        String key = "k".repeat(32);
        for (String url : List.of("http://example.org/a", "ftp://localhost/", "https://u@h/")) {
            assertThatThrownBy(
                            () -> new ApprovalProperties(List.of(), URI.create(url), key, minute))
                    .hasMessageContaining("approve-url");
        }
        assertThatThrownBy(() ->
                        new ApprovalProperties(
                                List.of(), URI.create("https://h/"), "short", minute))
                .hasMessageContaining("approve-key")
                .hasMessageNotContaining("short");
    }
}
