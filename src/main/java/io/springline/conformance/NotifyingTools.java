package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.Prompts;
import io.springline.feature.endpoint.Tools;
import io.springline.feature.result.ToolResult;
import io.springline.mcp.LogLevel;
import java.util.List;
import tools.jackson.databind.node.StringNode;

/** Tools that send notifications before their result. */
final class NotifyingTools implements FeatureSource {

    /**
     * The pause between notifications: the suite checks that they are not sent together with the
     * result.
     */
    private static final long PAUSE_MILLIS = 50;

    private final Tools tools;
    private final Prompts prompts;

    NotifyingTools(Tools tools, Prompts prompts) {
        this.tools = tools;
        this.prompts = prompts;
    }

    @Override
    public List<Tool> tools() {
        return List.of(
                tool(
                        "test_tool_with_logging",
                        "Sends three log messages of level info, then returns text",
                        (context, arguments) -> {
                            info(context, "Tool execution started");
                            Thread.sleep(PAUSE_MILLIS);
                            info(context, "Tool processing data");
                            Thread.sleep(PAUSE_MILLIS);
                            info(context, "Tool execution completed");
                            return ToolResult.text("Tool with logging executed successfully");
                        }),
                tool(
                        "test_tool_with_progress",
                        "Reports progress 0, 50 and 100 of 100, then returns the progress token",
                        (context, arguments) -> {
                            context.progress(0, 100.0, null);
                            Thread.sleep(PAUSE_MILLIS);
                            context.progress(50, 100.0, null);
                            Thread.sleep(PAUSE_MILLIS);
                            context.progress(100, 100.0, null);
                            return ToolResult.text(
                                    context.meta().path("progressToken").asString("no token"));
                        }),
                tool(
                        "test_logging_tool",
                        "Sends one log message to a client that set a log level",
                        (context, arguments) -> {
                            info(context, "Logging tool called");
                            return ToolResult.text("Logging tool executed");
                        }),
                tool(
                        "test_trigger_tool_change",
                        "Tells all interested clients that the list of tools changed",
                        (context, arguments) -> {
                            tools.announceChange();
                            return ToolResult.text("Tool list change announced");
                        }),
                tool(
                        "test_trigger_prompt_change",
                        "Tells all interested clients that the list of prompts changed",
                        (context, arguments) -> {
                            prompts.announceChange();
                            return ToolResult.text("Prompt list change announced");
                        }));
    }

    private static Tool tool(String name, String description, ToolHandler handler) {
        return Tool.named(name).description(description).handler(handler);
    }

    private static void info(RequestContext context, String message) {
        context.log(LogLevel.INFO, null, StringNode.valueOf(message));
    }
}
