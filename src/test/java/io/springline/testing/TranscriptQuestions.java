package io.springline.testing;

import static io.springline.testing.TranscriptFixture.NAME_FORM;
import static io.springline.testing.TranscriptFixture.name;
import static io.springline.testing.TranscriptFixture.object;
import static io.springline.testing.TranscriptFixture.tool;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** The tools of the transcripts that ask the client for something. */
final class TranscriptQuestions implements FeatureSource {

    private static final ObjectNode COLOUR_FORM =
            object(
                    """
                    {"type":"object","properties":{"colour":{"type":"string"}},
                     "required":["colour"]}\
                    """);

    @Override
    public List<Tool> tools() {
        return List.of(
                tool("ask", "Asks for a name and waits", (context, _) -> ask(context)),
                tool("ask_twice", "Asks twice and waits", (context, _) -> askTwice(context)),
                tool(
                        "ask_reentrant",
                        "Asks for a name and is called again",
                        (context, _) -> askReentrant(context)),
                tool("survey", "Asks in two rounds", (context, _) -> survey(context)),
                tool("ask_all", "Asks three things at once", (context, _) -> askAll(context)),
                tool("ask_url", "Sends the user elsewhere", (context, _) -> askUrl(context)),
                tool("ask_model", "Asks the client's model", this::askModel),
                tool("ask_roots", "Asks for the roots", (context, _) -> askRoots(context)));
    }

    private static ToolResult ask(RequestContext context) throws InterruptedException {
        return greeting(context.ask(InputRequest.elicitation("Name?", NAME_FORM)));
    }

    private static ToolResult askTwice(RequestContext context) throws InterruptedException {
        context.progress(1, 3.0, "before");
        String name = name(context.ask(InputRequest.elicitation("Name?", NAME_FORM)));
        context.progress(2, 3.0, "between");
        JsonNode answer = context.ask(InputRequest.elicitation("Colour?", COLOUR_FORM));
        return ToolResult.text(
                "%s likes %s".formatted(name, answer.at("/content/colour").asString("")));
    }

    private static ToolOutcome askReentrant(RequestContext context) {
        JsonNode answer = context.answers().get("user_name");
        JsonNode state = context.state();
        if (answer == null) {
            return new InputRequired(
                    Map.of("user_name", InputRequest.elicitation("Name?", NAME_FORM)),
                    StringNode.valueOf("asked"));
        }
        return state == null ? ToolResult.error("An answer to nothing") : greeting(answer);
    }

    private static ToolOutcome survey(RequestContext context) {
        JsonNode state = context.state();
        JsonNode name = context.answers().get("name");
        JsonNode colour = context.answers().get("colour");
        if (state == null && name != null) {
            return new InputRequired(
                    Map.of("colour", InputRequest.elicitation("Colour?", COLOUR_FORM)),
                    StringNode.valueOf(name(name)));
        }
        if (state == null || colour == null) {
            return InputRequired.of("name", InputRequest.elicitation("Name?", NAME_FORM));
        }
        return ToolResult.text(
                "%s likes %s"
                        .formatted(state.asString(""), colour.at("/content/colour").asString("")));
    }

    private static ToolOutcome askAll(RequestContext context) {
        Map<String, ObjectNode> answers = context.answers();
        if (!answers.keySet().containsAll(List.of("form", "model", "roots"))) {
            return new InputRequired(
                    Map.of(
                            "form", InputRequest.elicitation("Name?", NAME_FORM),
                            "model", InputRequest.sampling(question("Who?")),
                            "roots", InputRequest.roots()),
                    null);
        }
        return ToolResult.text(
                "%s, %s, %d roots"
                        .formatted(
                                name(answers.get("form")),
                                answers.get("model").at("/content/text").asString(""),
                                answers.get("roots").path("roots").size()));
    }

    private static ToolResult askUrl(RequestContext context) throws InterruptedException {
        JsonNode answer =
                context.ask(
                        new InputRequest(
                                InputRequest.Kind.ELICITATION,
                                object(
                                        """
                                        {"mode":"url","message":"Sign here",
                                         "url":"https://example.com/sign"}\
                                        """)));
        return ToolResult.text(answer.path("action").asString(""));
    }

    private ToolResult askModel(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        ObjectNode question = question("Who?");
        if (arguments.path("tools").asBoolean(false)) {
            question.putArray("tools");
        }
        JsonNode answer = context.ask(InputRequest.sampling(question));
        return ToolResult.text(answer.at("/content/text").asString(""));
    }

    private static ToolResult askRoots(RequestContext context) throws InterruptedException {
        JsonNode answer = context.ask(InputRequest.roots());
        return ToolResult.text(answer.path("roots").size() + " roots");
    }

    /** One message of two blocks, which older revisions want as two messages. */
    private static ObjectNode question(String text) {
        return object(
                """
                {"messages":[{"role":"user","content":[{"type":"text","text":"%s"},
                 {"type":"text","text":"Be brief"}]}],"maxTokens":10}\
                """
                        .formatted(text));
    }

    private static ToolResult greeting(JsonNode answer) {
        return switch (answer.path("action").asString("")) {
            case "accept" -> ToolResult.text("Hello, %s!".formatted(name(answer)));
            case "decline" -> ToolResult.text("The user declined");
            default -> ToolResult.text("The user cancelled");
        };
    }
}
