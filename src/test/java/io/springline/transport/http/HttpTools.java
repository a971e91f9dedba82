package io.springline.transport.http;

import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.ToolResult;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tools that wait, report and ask. */
@TestConfiguration
class HttpTools {

    private static final ObjectNode SCHEMA =
            (ObjectNode)
                    new JsonMapper()
                            .readTree(
                                    """
                                    {"type":"object","properties":{"name":{"type":"string"}}}\
                                    """);

    /** The events that test handlers wait for and record. */
    static final class Control {
        volatile CountDownLatch go = new CountDownLatch(1);
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        final AtomicInteger runs = new AtomicInteger();

        void reset() {
            go = new CountDownLatch(1);
            events.clear();
            runs.set(0);
        }

        private ToolResult run(RequestContext context) throws InterruptedException {
            runs.incrementAndGet();
            context.onCancel(() -> events.add("cancelled"));
            events.add("running");
            context.progress(1, null, null);
            go.await();
            return ToolResult.text("waited");
        }
    }

    @Bean
    Control control(Features features) {
        var control = new Control();
        features.tools()
                .add(
                        List.of(
                                Tool.named("say")
                                        .handler((_, arguments) ->
                                                ToolResult.text(
                                                        arguments.path("text").asString("-"))),
                                Tool.named("routed")
                                        .inputSchema(
                                                """
                                                {"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},\
                                                "at":{"type":"object","properties":{"zone":{"type":"integer","x-mcp-header":"Zone"}}}}}\
                                                """)
                                        .handler((_, _) -> ToolResult.text("routed")),
                                Tool.named("steps")
                                        .handler((context, _) -> {
                                            context.progress(1, 2.0, "half");
                                            return ToolResult.text("done");
                                        }),
                                Tool.named("wait").handler((context, _) -> control.run(context)),
                                Tool.named("wait_between_steps")
                                        .handler((context, _) -> {
                                            ToolResult waited = control.run(context);
                                            context.progress(2, null, null);
                                            return waited;
                                        }),
                                Tool.named("wait_read_only")
                                        .readOnly()
                                        .handler((context, _) -> control.run(context)),
                                Tool.named("ask")
                                        .handler((context, _) -> {
                                            var answer =
                                                    context.ask(
                                                            InputRequest.elicitation(
                                                                    "Name?", SCHEMA.deepCopy()));
                                            return ToolResult.text(
                                                    answer.path("content")
                                                            .path("name")
                                                            .asString("?"));
                                        })));
        return control;
    }
}
