package io.springline.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AskingToolsTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String PARIS =
            "{\"role\":\"assistant\",\"content\":{\"type\":\"text\",\"text\":\"Paris\"},\"model\":\"m\"}";

    @Test
    void samplesALegacyClient() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-06-18", "{\"sampling\":{}}");
            JsonNode asked =
                    peer.ask(
                            Fixtures.legacyCall(
                                    1, "test_sampling", "{\"prompt\":\"Capital of France?\"}"));
            assertThat(asked.path("method").asString()).isEqualTo("sampling/createMessage");
            assertThat(asked.path("params"))
                    .isEqualTo(
                            JSON.readTree(
                                    """
                                    {"messages":[{"role":"user","content":{"type":"text","text":"Capital of France?"}}],
                                     "maxTokens":100}\
                                    """));
            JsonNode done = peer.ask(Fixtures.answer(asked, PARIS));
            assertThat(done.path("id").asInt()).isEqualTo(1);
            assertThat(Fixtures.text(done)).isEqualTo("LLM response: Paris");
        });
    }

    @Test
    void failsWithoutAskingAClientThatCannotSample() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            JsonNode failed =
                    peer.ask(Fixtures.legacyCall(1, "test_sampling", "{\"prompt\":\"?\"}"));
            assertThat(failed.at("/result/isError").asBoolean()).isTrue();
            assertThat(Fixtures.text(failed)).contains("sampling");
        });
    }

    @Test
    void reportsWhatTheUserOfALegacyClientEntered() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            JsonNode asked =
                    peer.ask(Fixtures.legacyCall(1, "test_elicitation", "{\"message\":\"Who?\"}"));
            assertThat(asked.at("/params/message").asString()).isEqualTo("Who?");
            assertThat(asked.at("/params/requestedSchema"))
                    .isEqualTo(
                            JSON.readTree(
                                    """
                                    {"type":"object","properties":{
                                      "username":{"type":"string","description":"User's response"},
                                      "email":{"type":"string","description":"User's email address"}},
                                     "required":["username","email"]}\
                                    """));
            JsonNode done =
                    peer.ask(
                            Fixtures.answer(
                                    asked,
                                    """
                                    {"action":"accept","content":{"username":"u","email":"u@example.org"}}\
                                    """));
            assertThat(Fixtures.text(done))
                    .isEqualTo(
                            "User response: action=accept,"
                                    + " content={\"username\":\"u\",\"email\":\"u@example.org\"}");
        });
    }

    @Test
    void reportsThatTheUserDeclined() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-06-18", "{\"elicitation\":{}}");
            JsonNode asked =
                    peer.ask(Fixtures.legacyCall(1, "test_elicitation", "{\"message\":\"Who?\"}"));
            JsonNode done = peer.ask(Fixtures.answer(asked, "{\"action\":\"decline\"}"));
            assertThat(Fixtures.text(done)).isEqualTo("User response: action=decline, content={}");
        });
    }

    @Test
    void sendsDefaults() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            JsonNode asked =
                    peer.ask(Fixtures.legacyCall(1, "test_elicitation_sep1034_defaults", "{}"));
            JsonNode fields = asked.at("/params/requestedSchema/properties");
            assertThat(fields.at("/name/default").asString()).isEqualTo("John Doe");
            assertThat(fields.at("/age/default").toString()).isEqualTo("30");
            assertThat(fields.at("/score/default").toString()).isEqualTo("95.5");
            assertThat(fields.at("/status/default").asString()).isEqualTo("active");
            assertThat(fields.at("/verified/default").asBoolean()).isTrue();
            JsonNode done =
                    peer.ask(
                            Fixtures.answer(
                                    asked,
                                    """
                                    {"action":"accept","content":{"name":"Jane","age":31,"score":1.5,"status":"pending","verified":false}}\
                                    """));
            assertThat(Fixtures.text(done))
                    .startsWith("Elicitation completed: action=accept, content={\"name\":\"Jane\"");
        });
    }

    @Test
    void sendsEachKindOfChoice() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            JsonNode asked =
                    peer.ask(Fixtures.legacyCall(1, "test_elicitation_sep1330_enums", "{}"));
            assertThat(asked.at("/params/requestedSchema/properties"))
                    .isEqualTo(
                            JSON.readTree(
                                    """
                                    {"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
                                     "titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
                                     "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
                                     "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
                                     "titledMulti":{"type":"array","items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}}\
                                    """));
            JsonNode done =
                    peer.ask(
                            Fixtures.answer(
                                    asked,
                                    """
                                    {"action":"accept","content":{"titledSingle":"value2","titledMulti":["value1","value3"]}}\
                                    """));
            assertThat(done.at("/result/isError").asBoolean(false)).isFalse();
            assertThat(Fixtures.text(done)).contains("[\"value1\",\"value3\"]");
        });
    }

    @Test
    void goesOnWhenAModernClientComesBackWithTheAnswer() {
        Fixtures.talk(peer -> {
            String arguments = "\"arguments\":{\"prompt\":\"?\"}";
            JsonNode first = peer.ask(Fixtures.modernCall(1, "test_sampling", arguments));
            assertThat(first.at("/result/resultType").asString()).isEqualTo("input_required");
            String key = first.at("/result/inputRequests").propertyNames().iterator().next();
            JsonNode second =
                    peer.ask(
                            Fixtures.modernCall(
                                    2,
                                    "test_sampling",
                                    "%s,\"inputResponses\":{\"%s\":%s},\"requestState\":%s"
                                            .formatted(
                                                    arguments,
                                                    key,
                                                    PARIS,
                                                    first.at("/result/requestState"))));
            assertThat(second.path("id").asInt()).isEqualTo(2);
            assertThat(Fixtures.text(second)).isEqualTo("LLM response: Paris");
        });
    }

    @Test
    void asksModernClientsInLineWithTheirCapabilities() {
        Fixtures.talk(peer -> {
            JsonNode refused =
                    peer.ask(
                            Fixtures.modern(
                                    1,
                                    "tools/call",
                                    "{\"sampling\":{}}",
                                    "\"name\":\"test_elicitation\",\"arguments\":{\"message\":\"?\"}"));
            assertThat(refused.at("/error/code").asInt()).isEqualTo(-32021);
        });
    }
}
