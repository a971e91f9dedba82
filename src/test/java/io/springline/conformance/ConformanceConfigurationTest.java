package io.springline.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.FeatureSource;
import io.springline.session.RequestProperties;
import io.springline.testing.CoreContext;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConformanceConfigurationTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void offersNothingWithoutTheProfile() {
        CoreContext.runner()
                .withUserConfiguration(ConformanceConfiguration.class)
                .run(context -> assertThat(context).doesNotHaveBean(FeatureSource.class));
    }

    @Test
    void liftsTheRateLimit() {
        Fixtures.runner()
                .withInitializer(new ConfigDataApplicationContextInitializer())
                .run(context ->
                        assertThat(context.getBean(RequestProperties.class).rate().perSecond())
                                .isEqualTo(1_000_000));
    }

    @Test
    void listsTheSimpleTextToolFirstAndAllToolsWithADescription() {
        Fixtures.talk(peer -> {
            JsonNode tools =
                    peer.ask(Fixtures.modern(1, "tools/list", "{}", "")).at("/result/tools");
            assertThat(names(tools, "name"))
                    .startsWith("test_simple_text")
                    .contains("test_missing_capability", "test_reconnection", "test_header_tool")
                    .contains("sleep", "increment", "count_up", "blob")
                    .hasSize(39)
                    .allMatch(name -> name.matches("[A-Za-z0-9_.-]{1,64}"));
            assertThat(names(tools, "description")).doesNotContain("");
        });
    }

    @Test
    void keepsTheSchemaOfTheSchemaToolInAllRevisions() {
        String expected =
                """
                {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
                 "$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
                 "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},
                 "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
                 "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},
                 "additionalProperties":false}\
                """;
        Fixtures.talk(peer -> {
            peer.initialize("2024-11-05", "{}");
            for (String request :
                    List.of(
                            Fixtures.modern(1, "tools/list", "{}", ""),
                            Fixtures.legacy(2, "tools/list", "{}"))) {
                JsonNode tool =
                        peer.ask(request)
                                .at("/result/tools")
                                .valueStream()
                                .filter(each ->
                                        each.path("name")
                                                .asString("")
                                                .equals("json_schema_2020_12_tool"))
                                .findFirst()
                                .orElseThrow();
                assertThat(tool.get("inputSchema")).isEqualTo(JSON.readTree(expected));
            }
        });
    }

    @Test
    void answersWithEachKindOfContent() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            assertThat(Fixtures.text(peer.ask(Fixtures.legacyCall(1, "test_simple_text", "{}"))))
                    .isEqualTo("This is a simple text response for testing.");
            assertThat(block(peer.ask(Fixtures.legacyCall(2, "test_audio_content", "{}")), 0))
                    .isEqualTo(
                            """
                            {"type":"audio","data":"UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=","mimeType":"audio/wav"}\
                            """);
            JsonNode mixed = peer.ask(Fixtures.legacyCall(3, "test_multiple_content_types", "{}"));
            assertThat(block(mixed, 1))
                    .isEqualTo(
                            """
                            {"type":"image","data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==","mimeType":"image/png"}\
                            """);
            assertThat(block(mixed, 2))
                    .isEqualTo(
                            """
                            {"type":"resource","resource":{"uri":"test://mixed-content-resource","mimeType":"application/json","text":"{\\"test\\":\\"data\\",\\"value\\":123}"}}\
                            """);
            JsonNode failed = peer.ask(Fixtures.legacyCall(4, "test_error_handling", "{}"));
            assertThat(failed.at("/result/isError").asBoolean()).isTrue();
        });
    }

    @Test
    void listsAReadableResourceFirst() {
        Fixtures.talk(peer -> {
            JsonNode resources =
                    peer.ask(Fixtures.modern(1, "resources/list", "{}", ""))
                            .at("/result/resources");
            assertThat(names(resources, "uri"))
                    .containsExactly(
                            "test://static-text",
                            "test://static-binary",
                            "test://watched-resource");
            JsonNode read =
                    peer.ask(
                            Fixtures.modern(
                                    2, "resources/read", "{}", "\"uri\":\"test://static-text\""));
            assertThat(read.at("/result/contents/0/text").asString())
                    .isEqualTo("This is the content of the static text resource.");
        });
    }

    @Test
    void fillsTheResourceTemplateIn() {
        Fixtures.talk(peer -> {
            JsonNode read =
                    peer.ask(
                            Fixtures.modern(
                                    1,
                                    "resources/read",
                                    "{}",
                                    "\"uri\":\"test://template/123/data\""));
            JsonNode contents = read.at("/result/contents/0");
            assertThat(contents.path("uri").asString()).isEqualTo("test://template/123/data");
            assertThat(contents.path("text").asString())
                    .isEqualTo(
                            "{\"id\":\"123\",\"templateTest\":true,\"data\":\"Data for ID: 123\"}");
        });
    }

    @Test
    void listsPromptsWithDescriptionsAndFillsThemIn() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            JsonNode prompts =
                    peer.ask(Fixtures.legacy(1, "prompts/list", "{}")).at("/result/prompts");
            assertThat(names(prompts, "name")).hasSize(5).startsWith("test_simple_prompt");
            assertThat(names(prompts, "description")).doesNotContain("");
            JsonNode filled =
                    peer.ask(
                            Fixtures.legacy(
                                    2,
                                    "prompts/get",
                                    """
                                    {"name":"test_prompt_with_arguments","arguments":{"arg1":"a","arg2":"b"}}\
                                    """));
            assertThat(filled.at("/result/messages/0/content/text").asString())
                    .isEqualTo("Prompt with arguments: arg1='a', arg2='b'");
            JsonNode embedded =
                    peer.ask(
                            Fixtures.legacy(
                                    3,
                                    "prompts/get",
                                    """
                                    {"name":"test_prompt_with_embedded_resource","arguments":{"resourceUri":"test://x"}}\
                                    """));
            assertThat(embedded.at("/result/messages/0/content/resource/uri").asString())
                    .isEqualTo("test://x");
        });
    }

    @Test
    void completesPromptArguments() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            JsonNode completed =
                    peer.ask(
                            Fixtures.legacy(
                                    1,
                                    "completion/complete",
                                    """
                                    {"ref":{"type":"ref/prompt","name":"test_prompt_with_arguments"},
                                     "argument":{"name":"arg1","value":"test"}}\
                                    """));
            assertThat(completed.at("/result/completion/values").toString())
                    .isEqualTo("[\"test\",\"testing\"]");
        });
    }

    private static String block(JsonNode response, int index) {
        return response.at("/result/content/" + index).toString();
    }

    private static List<String> names(JsonNode list, String member) {
        return list.valueStream().map(each -> each.path(member).asString("")).toList();
    }
}
