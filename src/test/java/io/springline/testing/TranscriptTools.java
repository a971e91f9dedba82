package io.springline.testing;

import static io.springline.testing.TranscriptFixture.fail;
import static io.springline.testing.TranscriptFixture.object;
import static io.springline.testing.TranscriptFixture.tool;

import io.springline.feature.FeatureSource;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.Prompts;
import io.springline.feature.endpoint.Resources;
import io.springline.feature.endpoint.Tools;
import io.springline.feature.result.ToolResult;
import io.springline.mcp.LogLevel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** The tools of the transcripts that ask nothing. */
final class TranscriptTools implements FeatureSource {

    private final Tools tools;
    private final Resources resources;
    private final Prompts prompts;
    private final TranscriptGates gates;

    TranscriptTools(Tools tools, Resources resources, Prompts prompts, TranscriptGates gates) {
        this.tools = tools;
        this.resources = resources;
        this.prompts = prompts;
        this.gates = gates;
    }

    @Override
    public List<Tool> tools() {
        return List.of(
                defined(
                        """
                        {"name":"echo","description":"Says it again","inputSchema":{"type":"object",
                         "properties":{"message":{"type":"string"}},"required":["message"]}}\
                        """,
                        (_, arguments) ->
                                ToolResult.text("Echo: " + arguments.path("message").asString())),
                defined(
                        """
                        {"name":"sum","title":"Add","description":"Adds two integers",
                         "icons":[{"src":"data:image/png;base64,AA=="}],
                         "inputSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema",
                          "$defs":{"n":{"type":"integer"}},"type":"object",
                          "properties":{"a":{"$ref":"#/$defs/n"},"b":{"$ref":"#/$defs/n"}},
                          "required":["a","b"],"additionalProperties":false,"x-kept":1.50},
                         "outputSchema":{"type":"object","properties":{"sum":{"type":"integer"}},
                          "required":["sum"]},
                         "annotations":{"readOnlyHint":true,"openWorldHint":false},
                         "_meta":{"com.example/kept":true}}\
                        """,
                        (_, arguments) -> sum(arguments)),
                defined(
                        """
                        {"name":"numbers","description":"Gives an array",
                         "inputSchema":{"type":"object"},
                         "outputSchema":{"type":"array","items":{"type":"integer"}}}\
                        """,
                        (_, _) -> ToolResult.structured(JsonPattern.JSON.readTree("[1,2]"))),
                tool("all_blocks", "Every kind of content", (_, _) -> allBlocks()),
                tool("failing", "Throws", (_, _) -> fail()),
                defined(
                        """
                        {"name":"broken_output","description":"Breaks its output schema",
                         "inputSchema":{"type":"object"},
                         "outputSchema":{"type":"object","required":["sum"]}}\
                        """,
                        (_, _) -> ToolResult.structured(object("{\"leaked\":\"s3cret\"}"))),
                tool("progress", "Reports progress", (context, _) -> progress(context)),
                tool("logging", "Logs at four levels", (context, _) -> logging(context)),
                tool("slow", "Waits until its gate is opened", this::slow),
                tool("stubborn", "Talks on when it is cancelled", this::stubborn),
                tool("open_gate", "Opens a gate", (_, arguments) -> openGate(arguments)),
                tool(
                        "is_running",
                        "Waits until a call is at a gate",
                        (_, arguments) -> isRunning(arguments)),
                tool(
                        "was_interrupted",
                        "Whether the call at a gate was interrupted",
                        (_, arguments) -> wasInterrupted(arguments)),
                tool("announce", "Announces a change", (_, arguments) -> announce(arguments)));
    }

    private static ToolResult sum(ObjectNode arguments) {
        ObjectNode sum = JsonNodeFactory.instance.objectNode();
        JsonNode a = arguments.path("a");
        JsonNode b = arguments.path("b");
        sum.put("sum", a.bigIntegerValue().add(b.bigIntegerValue()));
        return ToolResult.structured(sum);
    }

    private static ToolResult allBlocks() {
        return new ToolResult(
                object(
                        """
                        {"content":[
                         {"type":"text","text":"T","annotations":{"audience":["user"],
                          "lastModified":"2026-01-01T00:00:00Z"},"_meta":{"com.example/kept":true}},
                         {"type":"image","data":"AQ==","mimeType":"image/png"},
                         {"type":"audio","data":"AQ==","mimeType":"audio/wav"},
                         {"type":"resource_link","uri":"note://1","name":"first","title":"The first note",
                          "icons":[{"src":"data:image/png;base64,AA=="}]},
                         {"type":"resource","resource":{"uri":"note://1","mimeType":"text/plain",
                          "text":"hi","_meta":{"com.example/kept":true}}}],
                         "structuredContent":{"n":1.50}}\
                        """));
    }

    private static ToolResult progress(RequestContext context) {
        context.progress(1, 4.0, "one");
        context.progress(1, 4.0, "one again, dropped");
        context.progress(2.5, null, null);
        context.progress(4, 4.0, "all");
        return ToolResult.text("Done");
    }

    private static ToolResult logging(RequestContext context) {
        context.log(LogLevel.DEBUG, "fixture", StringNode.valueOf("d"));
        context.log(LogLevel.INFO, "fixture", StringNode.valueOf("i"));
        context.log(LogLevel.WARNING, null, object("{\"w\":1}"));
        context.log(LogLevel.ERROR, "fixture", StringNode.valueOf("e"));
        return ToolResult.text("Logged");
    }

    private ToolResult slow(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        TranscriptGates.Gate gate = gates.gate(arguments);
        gate.reached().countDown();
        try {
            gate.open().await();
            return ToolResult.text("Through " + arguments.path("gate").asString(""));
        } catch (InterruptedException e) {
            gate.interrupted().countDown();
            throw e;
        }
    }

    private ToolResult stubborn(RequestContext context, ObjectNode arguments) {
        TranscriptGates.Gate gate = gates.gate(arguments);
        gate.reached().countDown();
        try {
            gate.open().await();
        } catch (InterruptedException e) {
            context.progress(1, null, "too late");
            context.log(LogLevel.EMERGENCY, null, StringNode.valueOf("too late"));
            gate.interrupted().countDown();
        }
        return ToolResult.text("too late");
    }

    private ToolResult openGate(ObjectNode arguments) {
        gates.gate(arguments).open().countDown();
        return ToolResult.text("Open");
    }

    private ToolResult isRunning(ObjectNode arguments) throws InterruptedException {
        boolean is =
                gates.gate(arguments)
                        .reached()
                        .await(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        return ToolResult.text(is ? "Yes" : "No");
    }

    private ToolResult wasInterrupted(ObjectNode arguments) throws InterruptedException {
        boolean was =
                gates.gate(arguments)
                        .interrupted()
                        .await(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        return ToolResult.text(was ? "Yes" : "No");
    }

    private ToolResult announce(ObjectNode arguments) {
        switch (arguments.path("what").asString("")) {
            case "tools" -> tools.announceChange();
            case "prompts" -> prompts.announceChange();
            case "resources" -> resources.announceChange();
            default -> resources.announceUpdate(arguments.path("uri").asString(""));
        }
        return ToolResult.text("Announced");
    }

    private static Tool defined(String definition, ToolHandler handler) {
        return new Tool(object(definition), handler);
    }
}
