package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.Tool;
import io.springline.feature.result.Content;
import io.springline.feature.result.ToolResult;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Tools with an immediate result: each kind of content, a failure, and unusual schemas. */
final class ContentTools implements FeatureSource {

    private static final String SCHEMA_2020_12 =
            """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
             "$defs":{"address":{"$anchor":"addressDef","type":"object",
               "properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
             "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},
               "contactMethod":{"type":"string","enum":["phone","email"]},
               "phone":{"type":"string"},"email":{"type":"string"}},
             "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
             "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
             "then":{"required":["phone"]},"else":{"required":["email"]},
             "additionalProperties":false}\
            """;

    private static final String HEADER_SCHEMA =
            """
            {"type":"object","properties":{"region":{"type":"string",
              "description":"Repeated by HTTP clients in the header Mcp-Param-Region",
              "x-mcp-header":"Region"}}}\
            """;

    @Override
    public List<Tool> tools() {
        return List.of(
                fixed(
                        "test_simple_text",
                        "Returns one text block",
                        Content.text("This is a simple text response for testing.")),
                fixed("test_image_content", "Returns one image block", image()),
                fixed(
                        "test_audio_content",
                        "Returns one audio block",
                        Content.audio(Samples.wav(), "audio/wav")),
                fixed(
                        "test_embedded_resource",
                        "Returns one embedded resource",
                        Content.resource(
                                "test://embedded-resource",
                                "text/plain",
                                "This is an embedded resource content.")),
                fixed(
                        "test_multiple_content_types",
                        "Returns a text, an image and an embedded resource",
                        Content.text("Multiple content types test:"),
                        image(),
                        Content.resource(
                                "test://mixed-content-resource",
                                "application/json",
                                "{\"test\":\"data\",\"value\":123}")),
                Tool.named("test_error_handling")
                        .description("Fails, in a way that the model can read")
                        .handler((context, arguments) ->
                                ToolResult.error(
                                        "This tool intentionally returns an error for testing")),
                Tool.named("json_schema_2020_12_tool")
                        .description("Has an input schema with the keywords of JSON Schema 2020-12")
                        .inputSchema(SCHEMA_2020_12)
                        .handler((context, arguments) ->
                                ToolResult.text("Called with " + arguments)),
                fixed(
                        "test_reconnection",
                        "Returns an ordinary result; resumption is the transport's business",
                        Content.text("Reconnection test completed")),
                Tool.named("test_header_tool")
                        .description("Has an argument that HTTP clients repeat in a header")
                        .inputSchema(HEADER_SCHEMA)
                        .handler((context, arguments) ->
                                ToolResult.text(
                                        "Region: " + arguments.path("region").asString("none"))));
    }

    private static Tool fixed(String name, String description, ObjectNode... blocks) {
        List<ObjectNode> content = List.of(blocks);
        return Tool.named(name)
                .description(description)
                .readOnly()
                .handler((context, arguments) -> ToolResult.content(content));
    }

    private static ObjectNode image() {
        return Content.image(Samples.png(), "image/png");
    }
}
