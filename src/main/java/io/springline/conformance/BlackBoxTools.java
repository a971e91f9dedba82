package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/** Tools for tests from outside of the process: slow, repeated, chatty and large calls. */
final class BlackBoxTools implements FeatureSource {

    private static final int MAX_MILLIS = 600_000;
    private static final int MAX_STEPS = 100_000;
    private static final int MAX_BYTES = 16 * 1024 * 1024;

    private final AtomicLong counter = new AtomicLong();

    @Override
    public List<Tool> tools() {
        return List.of(
                Tool.named("sleep")
                        .description("Sleeps, unless it is cancelled")
                        .inputSchema(
                                """
                                {"type":"object","properties":{"ms":%s},"required":["ms"]}\
                                """
                                        .formatted(integer(0, MAX_MILLIS)))
                        .readOnly()
                        .handler(BlackBoxTools::sleep),
                Tool.named("increment")
                        .description("Increments a counter of this server and returns its value")
                        .handler((context, arguments) ->
                                ToolResult.text(Long.toString(counter.incrementAndGet()))),
                Tool.named("count_up")
                        .description("Reports progress step by step")
                        .inputSchema(
                                """
                                {"type":"object","properties":{"steps":%s,"ms":%s},\
                                "required":["steps","ms"]}\
                                """
                                        .formatted(integer(0, MAX_STEPS), integer(0, MAX_MILLIS)))
                        .readOnly()
                        .handler(BlackBoxTools::countUp),
                Tool.named("blob")
                        .description("Returns text of the requested size in bytes")
                        .inputSchema(
                                """
                                {"type":"object","properties":{"bytes":%s},"required":["bytes"]}\
                                """
                                        .formatted(integer(0, MAX_BYTES)))
                        .readOnly()
                        .handler((context, arguments) ->
                                ToolResult.text("x".repeat(arguments.path("bytes").asInt()))));
    }

    private static String integer(int minimum, int maximum) {
        return "{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d}".formatted(minimum, maximum);
    }

    private static ToolOutcome sleep(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        int millis = arguments.path("ms").asInt();
        Thread.sleep(millis);
        return ToolResult.text("slept " + millis);
    }

    private static ToolOutcome countUp(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        int steps = arguments.path("steps").asInt();
        int pause = arguments.path("ms").asInt();
        for (int step = 1; step <= steps; step++) {
            if (step > 1) {
                Thread.sleep(pause);
            }
            context.progress(step, (double) steps, null);
        }
        return ToolResult.text("counted to " + steps);
    }
}
