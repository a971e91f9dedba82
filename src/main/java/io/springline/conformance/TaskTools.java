package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.TaskSupport;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Tools that run as tasks. */
final class TaskTools implements FeatureSource {

    /** How long a task works that has nothing to do. */
    private static final Duration WORK = Duration.ofSeconds(1);

    private static final InputRequest CONFIRMATION =
            InputQuestions.form("Delete the file?", "confirm", "boolean");
    private static final InputRequest NAME =
            InputQuestions.form("What is your name?", "name", "string");
    private static final InputRequest COLOR =
            InputQuestions.form("What is your favorite color?", "color", "string");

    @Override
    public List<Tool> tools() {
        return List.of(
                tool("greet", TaskSupport.NEVER, TaskTools::greet),
                tool("slow_compute", TaskSupport.ALWAYS, TaskTools::compute),
                tool("failing_job", TaskSupport.REQUIRED, TaskTools::fail),
                tool("protocol_error_job", TaskSupport.ALWAYS, TaskTools::failWithError),
                tool("confirm_delete", TaskSupport.ALWAYS, TaskTools::delete),
                tool("multi_input", TaskSupport.ALWAYS, TaskTools::multipleInputs),
                tool(
                        "test_tool_with_task",
                        TaskSupport.auto(Duration.ofSeconds(1)),
                        TaskTools::askThenWork));
    }

    private static Tool tool(String name, TaskSupport support, ToolHandler handler) {
        return Tool.named(name).description("Shows tasks").tasks(support).handler(handler);
    }

    private static ToolOutcome greet(RequestContext context, ObjectNode arguments) {
        return ToolResult.text("Hello, %s!".formatted(arguments.path("name").asString("")));
    }

    private static ToolOutcome compute(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        Thread.sleep(Duration.ofMillis((long) (1000 * arguments.path("seconds").asDouble(1))));
        return ToolResult.text("computed " + arguments.path("label").asString(""));
    }

    private static ToolOutcome fail(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        Thread.sleep(WORK);
        return ToolResult.error("the job has failed");
    }

    private static ToolOutcome failWithError(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        Thread.sleep(WORK);
        throw ErrorCode.INTERNAL_ERROR.exception("the job has failed");
    }

    private static ToolOutcome delete(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        ObjectNode answer = context.ask(CONFIRMATION);
        String file = arguments.path("filename").asString("");
        return ToolResult.text(
                answer.at("/content/confirm").asBoolean(false)
                        ? "deleted " + file
                        : "kept " + file);
    }

    private static ToolOutcome multipleInputs(RequestContext context, ObjectNode arguments) {
        Map<String, InputRequest> questions = new LinkedHashMap<>();
        questions.put("name", NAME);
        questions.put("color", COLOR);
        if (!InputQuestions.unanswered(context, questions).isEmpty()) {
            return new InputRequired(questions, null);
        }
        return ToolResult.text(
                "%s likes %s"
                        .formatted(
                                InputQuestions.field(context, "name", "name"),
                                InputQuestions.field(context, "color", "color")));
    }

    /** Asks before the call becomes a task, and then takes long enough to become one. */
    private static ToolOutcome askThenWork(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        if (context.answers().isEmpty()) {
            return InputRequired.of("user_name", NAME);
        }
        Thread.sleep(Duration.ofSeconds(3));
        return ToolResult.text(
                "Hello, %s!".formatted(InputQuestions.field(context, "user_name", "name")));
    }
}
