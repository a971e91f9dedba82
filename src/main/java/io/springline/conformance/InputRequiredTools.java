package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Tools that need several rounds with their client and keep no state between them. */
final class InputRequiredTools implements FeatureSource {

    private static final String PREFIX = "test_input_required_result_";

    private static final InputRequest NAME =
            InputQuestions.form("What is your name?", "name", "string");
    private static final InputRequest CAPITAL =
            InputQuestions.sampling("What is the capital of France?", 100);
    private static final InputRequest GREETING = InputQuestions.sampling("Generate a greeting", 50);
    private static final InputRequest CONFIRMATION =
            InputQuestions.form("Please confirm", "ok", "boolean");
    private static final InputRequest COLOR =
            InputQuestions.form("What is your favorite color?", "color", "string");

    @Override
    public List<Tool> tools() {
        return List.of(
                tool(
                        "test_missing_capability",
                        "Needs a client that can sample",
                        asking(
                                Map.of("capital_question", CAPITAL),
                                context -> answerOf(context, "capital_question"))),
                tool(
                        "test_streaming_elicitation",
                        "Asks the user for a name",
                        asking(Map.of("user_name", NAME), InputRequiredTools::greeting)),
                tool(
                        PREFIX + "elicitation",
                        "Asks the user for a name and greets",
                        asking(Map.of("user_name", NAME), InputRequiredTools::greeting)),
                tool(
                        PREFIX + "sampling",
                        "Asks the client's model for the capital of France",
                        asking(
                                Map.of("capital_question", CAPITAL),
                                context -> answerOf(context, "capital_question"))),
                tool(
                        PREFIX + "list_roots",
                        "Asks the client for its roots and lists them",
                        asking(
                                Map.of("client_roots", InputRequest.roots()),
                                InputRequiredTools::roots)),
                tool(
                        PREFIX + "request_state",
                        "Asks for a confirmation and checks that its state comes back",
                        askingWithState(
                                Map.of("confirm", CONFIRMATION), context -> "state-ok: confirmed")),
                tool(
                        PREFIX + "multiple_inputs",
                        "Asks the user, the client's model and for its roots at once",
                        askingWithState(
                                everything("greeting", GREETING), InputRequiredTools::everyAnswer)),
                tool(
                        PREFIX + "multi_round",
                        "Asks for a name first and for a color then",
                        InputRequiredTools::multiRound),
                tool(
                        PREFIX + "tampered_state",
                        "Asks for a confirmation with a state that must come back as it was",
                        askingWithState(
                                Map.of("confirm", CONFIRMATION), context -> "state is intact")),
                tool(
                        PREFIX + "capabilities",
                        "Asks only for what the client says that it can do",
                        InputRequiredTools::withinCapabilities));
    }

    private static Tool tool(String name, String description, ToolHandler handler) {
        return Tool.named(name).description(description).handler(handler);
    }

    private static ToolHandler asking(
            Map<String, InputRequest> questions, Function<RequestContext, String> text) {
        return (context, arguments) -> {
            Map<String, InputRequest> open = InputQuestions.unanswered(context, questions);
            return open.isEmpty()
                    ? ToolResult.text(text.apply(context))
                    : new InputRequired(open, null);
        };
    }

    /** Returns a handler that requires all results in one round, with the state. */
    private static ToolHandler askingWithState(
            Map<String, InputRequest> questions, Function<RequestContext, String> text) {
        return (context, arguments) ->
                context.state() != null && InputQuestions.unanswered(context, questions).isEmpty()
                        ? ToolResult.text(text.apply(context))
                        : new InputRequired(questions, state(1));
    }

    private static ToolOutcome multiRound(RequestContext context, ObjectNode arguments) {
        Map<String, InputRequest> first = Map.of("step1", NAME);
        Map<String, InputRequest> second = Map.of("step2", COLOR);
        JsonNode state = context.state();
        boolean firstRound = state == null || state.path("round").asInt(0) == 1;
        if (state == null || firstRound && !InputQuestions.unanswered(context, first).isEmpty()) {
            return new InputRequired(first, state(1));
        }
        if (firstRound) {
            String name = InputQuestions.field(context, "step1", "name");
            return new InputRequired(second, state(2).put("name", name));
        }
        if (!InputQuestions.unanswered(context, second).isEmpty()) {
            return new InputRequired(second, state);
        }
        return ToolResult.text(
                "%s likes %s"
                        .formatted(
                                state.path("name").asString(""),
                                InputQuestions.field(context, "step2", "color")));
    }

    private static ToolOutcome withinCapabilities(RequestContext context, ObjectNode arguments)
            throws Exception {
        Map<String, InputRequest> questions = everything("capital_question", CAPITAL);
        questions.values().removeIf(each -> !each.isSupportedBy(context.capabilities()));
        if (questions.isEmpty()) {
            return InputRequired.of("capital_question", CAPITAL);
        }
        return asking(questions, round -> "Asked for " + String.join(", ", questions.keySet()))
                .call(context, arguments);
    }

    private static Map<String, InputRequest> everything(String key, InputRequest sampling) {
        var questions = new LinkedHashMap<String, InputRequest>();
        questions.put("user_name", NAME);
        questions.put(key, sampling);
        questions.put("client_roots", InputRequest.roots());
        return questions;
    }

    private static ObjectNode state(int round) {
        return JsonNodeFactory.instance.objectNode().put("round", round);
    }

    private static String greeting(RequestContext context) {
        return "Hello, %s!".formatted(InputQuestions.field(context, "user_name", "name"));
    }

    private static String answerOf(RequestContext context, String key) {
        return InputQuestions.text(InputQuestions.answer(context, key));
    }

    private static String roots(RequestContext context) {
        return "Roots: "
                + String.join(
                        ", ", InputQuestions.roots(InputQuestions.answer(context, "client_roots")));
    }

    private static String everyAnswer(RequestContext context) {
        return "%s %s %s"
                .formatted(greeting(context), answerOf(context, "greeting"), roots(context));
    }
}
