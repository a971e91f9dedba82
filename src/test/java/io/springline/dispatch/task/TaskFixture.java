package io.springline.dispatch.task;

import io.springline.feature.RequestContext;
import io.springline.feature.TaskSupport;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.ErrorCode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tools that run as tasks. No @Configuration, or other tests would find it by scanning. */
class TaskFixture {

    static final ObjectNode FORM =
            (ObjectNode)
                    new JsonMapper()
                            .readTree(
                                    """
                                    {"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}\
                                    """);

    /** What the tool {@code gated} waits for. */
    final CountDownLatch gate = new CountDownLatch(1);

    final AtomicInteger interrupted = new AtomicInteger();
    final AtomicInteger cancelActions = new AtomicInteger();

    /** The thread of the tool {@code confirming}; null before its first call. */
    volatile @Nullable Thread confirming;

    private static Tool tool(String name, TaskSupport support, ToolHandler handler) {
        return Tool.named(name).description("A test tool").tasks(support).handler(handler);
    }

    private static InputRequest question(String text) {
        return InputRequest.elicitation(text, FORM);
    }

    @Bean
    Tool quick() {
        return tool(
                "quick",
                TaskSupport.auto(Duration.ofMinutes(10)),
                (context, arguments) -> ToolResult.text("at once"));
    }

    @Bean
    Tool gated() {
        return tool("gated", TaskSupport.ALWAYS, this::await);
    }

    @Bean
    Tool slow() {
        return tool("slow", TaskSupport.auto(Duration.ofMillis(1)), this::await);
    }

    @Bean
    Tool never() {
        return tool("never", TaskSupport.NEVER, (context, arguments) -> ToolResult.text("no task"));
    }

    @Bean
    Tool required() {
        return tool(
                "required",
                TaskSupport.REQUIRED,
                (context, arguments) -> ToolResult.error("did not work"));
    }

    @Bean
    Tool broken() {
        return tool(
                "broken",
                TaskSupport.ALWAYS,
                (context, arguments) -> {
                    throw ErrorCode.INTERNAL_ERROR.exception("out of paper");
                });
    }

    @Bean
    Tool asking() {
        return tool(
                "asking",
                TaskSupport.ALWAYS,
                (context, arguments) -> {
                    ObjectNode first = context.ask(question("First name?"));
                    ObjectNode second = context.ask(question("Second name?"));
                    return ToolResult.text(
                            "%s %s"
                                    .formatted(
                                            first.at("/content/name").asString(),
                                            second.at("/content/name").asString()));
                });
    }

    @Bean
    Tool confirming() {
        return tool(
                "confirming",
                TaskSupport.ALWAYS,
                (context, arguments) -> {
                    confirming = Thread.currentThread();
                    return ToolResult.text(
                            context.ask(question("Sure?")).path("action").asString());
                });
    }

    /** Asks before it takes long. */
    @Bean
    Tool askingFirst() {
        return tool(
                "asking_first",
                TaskSupport.auto(Duration.ofMillis(100)),
                (context, arguments) -> {
                    context.ask(question("Sure?"));
                    return await(context, arguments);
                });
    }

    /** Asks, and returns whether the client could take the task of another server. */
    @Bean
    Tool handingOver() {
        return tool(
                "handing_over",
                TaskSupport.auto(Duration.ofMinutes(10)),
                (context, arguments) -> {
                    context.ask(question("Sure?"));
                    return ToolResult.text(String.valueOf(context.claimTask()));
                });
    }

    @Bean
    Tool askingTwice() {
        return tool(
                "asking_twice",
                TaskSupport.ALWAYS,
                (context, arguments) -> {
                    if (context.answers().isEmpty()) {
                        Map<String, InputRequest> questions = new LinkedHashMap<>();
                        questions.put("a", question("A?"));
                        questions.put("b", question("B?"));
                        return new InputRequired(questions, null);
                    }
                    return ToolResult.text(
                            "%s and %s"
                                    .formatted(
                                            context.answers()
                                                    .get("a")
                                                    .at("/content/name")
                                                    .asString(),
                                            context.answers()
                                                    .get("b")
                                                    .at("/content/name")
                                                    .asString()));
                });
    }

    @Bean
    Tool reporting() {
        return tool(
                "reporting",
                TaskSupport.ALWAYS,
                (context, arguments) -> {
                    context.progress(1, 4.0, "page 1 of 4");
                    return await(context, arguments);
                });
    }

    @Bean
    Tool large() {
        return tool(
                "large",
                TaskSupport.ALWAYS,
                (context, arguments) -> ToolResult.text("x".repeat(20_000)));
    }

    private ToolResult await(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        context.onCancel(cancelActions::incrementAndGet);
        try {
            gate.await();
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
        return ToolResult.text("done");
    }
}
