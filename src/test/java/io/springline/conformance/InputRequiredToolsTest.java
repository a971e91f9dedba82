package io.springline.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.InMemoryPeer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class InputRequiredToolsTest {

    private static final String PREFIX = "test_input_required_result_";
    private static final String ALICE =
            "\"user_name\":{\"action\":\"accept\",\"content\":{\"name\":\"Alice\"}}";
    private static final String PARIS =
            "{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"Paris\"},\"model\":\"m\"}";
    private static final String ROOTS =
            "{\"roots\":[{\"uri\":\"file:///home\",\"name\":\"home\"}]}";
    private static final String OK =
            "\"confirm\":{\"action\":\"accept\",\"content\":{\"ok\":true}}";

    @Test
    void greetsOnceTheNameIsGiven() {
        Fixtures.talk(peer -> {
            JsonNode first = call(peer, 1, "elicitation", "");
            assertThat(first.at("/result/resultType").asString()).isEqualTo("input_required");
            assertThat(first.at("/result/inputRequests/user_name").toString())
                    .isEqualTo(
                            """
                            {"method":"elicitation/create","params":{"mode":"form","message":"What is your name?",\
                            "requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}\
                            """);
            JsonNode second = call(peer, 2, "elicitation", responses(ALICE));
            assertThat(second.at("/result/resultType").asString()).isEqualTo("complete");
            assertThat(Fixtures.text(second)).isEqualTo("Hello, Alice!");
        });
    }

    @Test
    void samplesTheCapital() {
        Fixtures.talk(peer -> {
            JsonNode asked =
                    call(peer, 1, "sampling", "").at("/result/inputRequests/capital_question");
            assertThat(asked.toString())
                    .isEqualTo(
                            """
                            {"method":"sampling/createMessage","params":{"messages":[{"role":"user",\
                            "content":{"type":"text","text":"What is the capital of France?"}}],"maxTokens":100}}\
                            """);
            JsonNode second = call(peer, 2, "sampling", responses("\"capital_question\":" + PARIS));
            assertThat(Fixtures.text(second)).isEqualTo("Paris");
        });
    }

    @Test
    void listsRoots() {
        Fixtures.talk(peer -> {
            JsonNode asked =
                    call(peer, 1, "list_roots", "").at("/result/inputRequests/client_roots");
            assertThat(asked.toString()).isEqualTo("{\"method\":\"roots/list\",\"params\":{}}");
            assertThat(
                            Fixtures.text(
                                    call(
                                            peer,
                                            2,
                                            "list_roots",
                                            responses("\"client_roots\":" + ROOTS))))
                    .isEqualTo("Roots: file:///home");
        });
    }

    @Test
    void findsItsRequestStateAgain() {
        Fixtures.talk(peer -> {
            JsonNode first = call(peer, 1, "request_state", "");
            assertThat(first.at("/result/inputRequests/confirm/method").asString())
                    .isEqualTo("elicitation/create");
            JsonNode second = call(peer, 2, "request_state", responses(OK) + state(first));
            assertThat(Fixtures.text(second)).contains("state-ok");
        });
    }

    @Test
    void asksForThreeKindsOfInputAtOnce() {
        Fixtures.talk(peer -> {
            JsonNode first = call(peer, 1, "multiple_inputs", "");
            assertThat(first.at("/result/inputRequests").propertyNames())
                    .containsExactly("user_name", "greeting", "client_roots");
            String given = ALICE + ",\"greeting\":" + PARIS + ",\"client_roots\":" + ROOTS;
            JsonNode second = call(peer, 2, "multiple_inputs", responses(given) + state(first));
            assertThat(second.at("/result/resultType").asString()).isEqualTo("complete");
            assertThat(Fixtures.text(second)).isEqualTo("Hello, Alice! Paris Roots: file:///home");
        });
    }

    @Test
    void goesOnForTwoRoundsWithAStateOfEach() {
        Fixtures.talk(peer -> {
            JsonNode first = call(peer, 1, "multi_round", "");
            assertThat(first.at("/result/inputRequests").propertyNames()).containsExactly("step1");
            String step1 = "\"step1\":{\"action\":\"accept\",\"content\":{\"name\":\"Bob\"}}";
            JsonNode second = call(peer, 2, "multi_round", responses(step1) + state(first));
            assertThat(second.at("/result/inputRequests").propertyNames()).containsExactly("step2");
            assertThat(state(second)).isNotEqualTo(state(first));
            String step2 = "\"step2\":{\"action\":\"accept\",\"content\":{\"color\":\"blue\"}}";
            JsonNode third = call(peer, 3, "multi_round", responses(step2) + state(second));
            assertThat(Fixtures.text(third)).isEqualTo("Bob likes blue");
        });
    }

    @Test
    void asksAgainWhenTheAnswerIsMissing() {
        Fixtures.talk(peer -> {
            String wrong = "\"wrong_key\":{\"action\":\"accept\",\"content\":{\"name\":\"Alice\"}}";
            JsonNode answer = call(peer, 1, "elicitation", responses(wrong));
            assertThat(answer.at("/result/resultType").asString()).isEqualTo("input_required");
            assertThat(answer.at("/result/inputRequests").propertyNames())
                    .containsExactly("user_name");
        });
    }

    @Test
    void asksBackForAPromptToo() {
        Fixtures.talk(peer -> {
            String name = "\"name\":\"" + PREFIX + "prompt\"";
            JsonNode first =
                    peer.ask(Fixtures.modern(1, "prompts/get", Fixtures.ALL_CAPABILITIES, name));
            assertThat(first.at("/result/resultType").asString()).isEqualTo("input_required");
            assertThat(first.at("/result/inputRequests/user_context/params/message").asString())
                    .isEqualTo("What context should the prompt use?");
            String given =
                    "\"user_context\":{\"action\":\"accept\",\"content\":{\"context\":\"tests\"}}";
            JsonNode second =
                    peer.ask(
                            Fixtures.modern(
                                    2,
                                    "prompts/get",
                                    Fixtures.ALL_CAPABILITIES,
                                    name + "," + responses(given)));
            assertThat(second.at("/result/resultType").asString()).isEqualTo("complete");
            assertThat(second.at("/result/messages/0/content/text").asString()).contains("tests");
        });
    }

    @Test
    void refusesATamperedStateWithAnError() {
        Fixtures.talk(peer -> {
            JsonNode first = call(peer, 1, "tampered_state", "");
            String tampered = state(first).replaceFirst("\"$", "-TAMPERED\"");
            JsonNode refused = call(peer, 2, "tampered_state", responses(OK) + tampered);
            assertThat(refused.at("/error/code").asInt()).isEqualTo(-32602);
            assertThat(refused.path("id").asInt()).isEqualTo(2);
            JsonNode intact = call(peer, 3, "tampered_state", responses(OK) + state(first));
            assertThat(intact.at("/result/resultType").asString()).isEqualTo("complete");
        });
    }

    @Test
    void asksOnlyForWhatTheClientCanDo() {
        Fixtures.talk(peer -> {
            String name = "\"name\":\"" + PREFIX + "capabilities\"";
            JsonNode answer = peer.ask(Fixtures.modern(1, "tools/call", "{\"sampling\":{}}", name));
            assertThat(answer.at("/result/resultType").asString()).isEqualTo("input_required");
            assertThat(answer.at("/result/inputRequests").valueStream())
                    .isNotEmpty()
                    .allMatch(asked ->
                            asked.path("method").asString("").equals("sampling/createMessage"));
        });
    }

    @Test
    void ignoresAnswersThatNobodyAskedFor() {
        Fixtures.talk(peer -> {
            JsonNode answer =
                    call(peer, 1, "elicitation", responses(ALICE + ",\"extra\":{\"a\":1}"));
            assertThat(answer.at("/result/resultType").asString()).isEqualTo("complete");
        });
    }

    @Test
    void neverCompletesOnMalformedAnswers() {
        Fixtures.talk(peer -> {
            JsonNode number = call(peer, 1, "elicitation", responses("\"user_name\":12345"));
            assertThat(number.at("/error/code").asInt()).isEqualTo(-32602);
            // null is absent: the tool asks
            JsonNode none = call(peer, 2, "elicitation", "\"inputResponses\":null");
            assertThat(none.at("/result/resultType").asString()).isEqualTo("input_required");
            String misfit = "\"user_name\":{\"action\":\"accept\",\"content\":{\"name\":12345}}";
            JsonNode again = call(peer, 3, "elicitation", responses(misfit));
            assertThat(again.at("/result/resultType").asString()).isEqualTo("input_required");
        });
    }

    @Test
    void takesNoForAnAnswer() {
        Fixtures.talk(peer -> {
            JsonNode answer =
                    call(
                            peer,
                            1,
                            "elicitation",
                            responses("\"user_name\":{\"action\":\"decline\"}"));
            assertThat(answer.at("/result/isError").asBoolean()).isTrue();
        });
    }

    @Test
    void namesTheCapabilityThatAClientLacks() {
        Fixtures.talk(peer -> {
            JsonNode refused =
                    peer.ask(
                            Fixtures.modern(
                                    1,
                                    "tools/call",
                                    "{}",
                                    "\"name\":\"test_missing_capability\",\"arguments\":{}"));
            assertThat(refused.at("/error/code").asInt()).isEqualTo(-32021);
            assertThat(refused.at("/error/data").toString())
                    .isEqualTo("{\"requiredCapabilities\":{\"sampling\":{}}}");
        });
    }

    @Test
    void asksALegacyClientByRequestsInAllRounds() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", Fixtures.ALL_CAPABILITIES);
            JsonNode first = peer.ask(Fixtures.legacyCall(1, PREFIX + "multi_round", "{}"));
            assertThat(first.at("/params/message").asString()).isEqualTo("What is your name?");
            JsonNode second =
                    peer.ask(
                            Fixtures.answer(
                                    first,
                                    "{\"action\":\"accept\",\"content\":{\"name\":\"Bob\"}}"));
            assertThat(second.path("method").asString()).isEqualTo("elicitation/create");
            JsonNode done =
                    peer.ask(
                            Fixtures.answer(
                                    second,
                                    "{\"action\":\"accept\",\"content\":{\"color\":\"blue\"}}"));
            assertThat(done.path("id").asInt()).isEqualTo(1);
            assertThat(Fixtures.text(done)).isEqualTo("Bob likes blue");
        });
    }

    @Test
    void asksALegacyClientForEverythingAtOnce() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-06-18", Fixtures.ALL_CAPABILITIES);
            peer.send(Fixtures.legacyCall(1, PREFIX + "multiple_inputs", "{}"));
            // All three are out before the first is answered.
            for (JsonNode asked : new JsonNode[] {peer.receive(), peer.receive(), peer.receive()}) {
                peer.send(
                        Fixtures.answer(
                                asked,
                                switch (asked.path("method").asString("")) {
                                    case "elicitation/create" ->
                                            "{\"action\":\"accept\",\"content\":{\"name\":\"Alice\"}}";
                                    case "sampling/createMessage" -> PARIS;
                                    case "roots/list" -> ROOTS;
                                    default -> throw new AssertionError(asked);
                                }));
            }
            assertThat(Fixtures.text(peer.receive()))
                    .isEqualTo("Hello, Alice! Paris Roots: file:///home");
        });
    }

    @Test
    void stopsAskingALegacyClientThatFailsOneOfSeveralQuestions() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", Fixtures.ALL_CAPABILITIES);
            peer.send(Fixtures.legacyCall(1, PREFIX + "multiple_inputs", "{}"));
            for (JsonNode asked : new JsonNode[] {peer.receive(), peer.receive(), peer.receive()}) {
                if (asked.path("method").asString("").equals("sampling/createMessage")) {
                    peer.send(
                            """
                            {"jsonrpc":"2.0","id":%s,"error":{"code":-1,"message":"User rejected"}}\
                            """
                                    .formatted(asked.path("id")));
                }
            }
            for (int i = 0; i < 2; i++) {
                assertThat(peer.receive().path("method").asString())
                        .isEqualTo("notifications/cancelled");
            }
            JsonNode failed = peer.receive();
            assertThat(failed.at("/result/isError").asBoolean()).isTrue();
            assertThat(Fixtures.text(failed)).contains("User rejected");
        });
    }

    private static JsonNode call(InMemoryPeer peer, int id, String tool, String members)
            throws InterruptedException {
        return peer.ask(Fixtures.modernCall(id, PREFIX + tool, members));
    }

    private static String responses(String entries) {
        return "\"inputResponses\":{" + entries + "}";
    }

    /** The state of an answer as a further member of the next params. */
    private static String state(JsonNode response) {
        JsonNode state = response.at("/result/requestState");
        assertThat(state.isString()).as("requestState in %s", response).isTrue();
        return ",\"requestState\":" + state;
    }
}
