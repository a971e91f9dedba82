package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Tools that send requests to their client and wait for the results. */
final class AskingTools implements FeatureSource {

    private static final String CONTACT_FORM =
            """
            {"type":"object","properties":{
              "username":{"type":"string","description":"User's response"},
              "email":{"type":"string","description":"User's email address"}},
             "required":["username","email"]}\
            """;

    private static final String FORM_WITH_DEFAULTS =
            """
            {"type":"object","properties":{
              "name":{"type":"string","description":"User name","default":"John Doe"},
              "age":{"type":"integer","description":"User age","default":30},
              "score":{"type":"number","description":"User score","default":95.5},
              "status":{"type":"string","description":"User status",
                "enum":["active","inactive","pending"],"default":"active"},
              "verified":{"type":"boolean","description":"Verification status","default":true}},
             "required":[]}\
            """;

    private static final String FORM_WITH_CHOICES =
            """
            {"type":"object","properties":{
              "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
              "titledSingle":{"type":"string","oneOf":[
                {"const":"value1","title":"First Option"},
                {"const":"value2","title":"Second Option"},
                {"const":"value3","title":"Third Option"}]},
              "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],
                "enumNames":["Option One","Option Two","Option Three"]},
              "untitledMulti":{"type":"array","items":{"type":"string",
                "enum":["option1","option2","option3"]}},
              "titledMulti":{"type":"array","items":{"anyOf":[
                {"const":"value1","title":"First Choice"},
                {"const":"value2","title":"Second Choice"},
                {"const":"value3","title":"Third Choice"}]}}},
             "required":[]}\
            """;

    @Override
    public List<Tool> tools() {
        return List.of(
                Tool.named("test_sampling")
                        .description("Asks the client's model")
                        .inputSchema(oneString("prompt", "What to ask the model"))
                        .handler(AskingTools::sample),
                Tool.named("test_elicitation")
                        .description("Asks the user for a name and an email address")
                        .inputSchema(oneString("message", "What to show to the user"))
                        .handler((context, arguments) ->
                                elicit(
                                        context,
                                        arguments.path("message").asString(""),
                                        CONTACT_FORM,
                                        "User response: ")),
                Tool.named("test_elicitation_sep1034_defaults")
                        .description("Asks the user with a form that has default values")
                        .handler((context, arguments) ->
                                elicit(
                                        context,
                                        "Please review and update the form fields with defaults",
                                        FORM_WITH_DEFAULTS,
                                        "Elicitation completed: ")),
                Tool.named("test_elicitation_sep1330_enums")
                        .description("Asks the user with a form that has each kind of choice")
                        .handler((context, arguments) ->
                                elicit(
                                        context,
                                        "Please select options from the enum fields",
                                        FORM_WITH_CHOICES,
                                        "Elicitation completed: ")));
    }

    private static ToolOutcome sample(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        String prompt = arguments.path("prompt").asString("");
        ObjectNode sampled = context.ask(InputQuestions.sampling(prompt, 100));
        return ToolResult.text("LLM response: " + InputQuestions.text(sampled));
    }

    private static ToolOutcome elicit(
            RequestContext context, String message, String form, String intro)
            throws InterruptedException {
        ObjectNode answer = context.ask(InputQuestions.form(message, form));
        String action = answer.path("action").asString("");
        String content = answer.has("content") ? answer.path("content").toString() : "{}";
        return ToolResult.text("%saction=%s, content=%s".formatted(intro, action, content));
    }

    private static String oneString(String argument, String description) {
        return """
        {"type":"object","properties":{"%1$s":{"type":"string","description":"%2$s"}},\
        "required":["%1$s"]}\
        """
                .formatted(argument, description);
    }
}
