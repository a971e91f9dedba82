package io.springline.conformance;

import io.springline.feature.Completion;
import io.springline.feature.Completion.Suggestions;
import io.springline.feature.FeatureSource;
import io.springline.feature.Prompt;
import io.springline.feature.RequestContext;
import io.springline.feature.result.Content;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.PromptOutcome;
import io.springline.feature.result.PromptResult;
import java.util.List;
import java.util.Map;

/** Prompts with each kind of content, one with argument completion, and one that requires input. */
final class FixedPrompts implements FeatureSource {

    private static final String WITH_ARGUMENTS = "test_prompt_with_arguments";

    private static final Map<String, List<String>> SUGGESTIONS =
            Map.of(
                    "arg1", List.of("test", "testing", "text"),
                    "arg2", List.of("value", "value1", "variable"));

    private static final Map<String, InputRequest> CONTEXT_QUESTION =
            Map.of(
                    "user_context",
                    InputQuestions.form(
                            "What context should the prompt use?", "context", "string"));

    @Override
    public List<Prompt> prompts() {
        return List.of(
                Prompt.named("test_simple_prompt")
                        .description("One message, no arguments")
                        .handler((context, arguments) ->
                                empty().user(Content.text("This is a simple prompt for testing."))),
                Prompt.named(WITH_ARGUMENTS)
                        .description("Repeats its two arguments")
                        .argument("arg1", "First test argument", true)
                        .argument("arg2", "Second test argument", true)
                        .handler((context, arguments) -> withArguments(arguments)),
                Prompt.named("test_prompt_with_embedded_resource")
                        .description("Embeds a resource")
                        .argument("resourceUri", "URI of the resource to embed", true)
                        .handler((context, arguments) -> withResource(arguments)),
                Prompt.named("test_prompt_with_image")
                        .description("Embeds an image")
                        .handler((context, arguments) ->
                                empty().user(Content.image(Samples.png(), "image/png"))
                                        .user(Content.text("Please analyze the image above."))),
                Prompt.named("test_input_required_result_prompt")
                        .description("Asks the user for a context before it gives messages")
                        .handler((context, arguments) -> withContext(context)));
    }

    @Override
    public List<Completion> completions() {
        return List.of(
                new Completion(
                        new Completion.Reference.ToPrompt(WITH_ARGUMENTS),
                        (context, argument, value, resolved) ->
                                Suggestions.of(
                                        SUGGESTIONS.getOrDefault(argument, List.of()).stream()
                                                .filter(each -> each.startsWith(value))
                                                .toList())));
    }

    private static PromptResult withArguments(Map<String, String> arguments) {
        return empty().user(
                        Content.text(
                                "Prompt with arguments: arg1='%s', arg2='%s'"
                                        .formatted(arguments.get("arg1"), arguments.get("arg2"))));
    }

    private static PromptResult withResource(Map<String, String> arguments) {
        return empty().user(
                        Content.resource(
                                arguments.getOrDefault("resourceUri", ""),
                                "text/plain",
                                "Embedded resource content for testing."))
                .user(Content.text("Please process the embedded resource above."));
    }

    private static PromptOutcome withContext(RequestContext context) {
        Map<String, InputRequest> open = InputQuestions.unanswered(context, CONTEXT_QUESTION);
        return open.isEmpty()
                ? empty().user(
                                Content.text(
                                        "Use this context: "
                                                + InputQuestions.field(
                                                        context, "user_context", "context")))
                : new InputRequired(open, null);
    }

    private static PromptResult empty() {
        return PromptResult.described(null);
    }
}
