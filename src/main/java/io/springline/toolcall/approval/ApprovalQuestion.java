package io.springline.toolcall.approval;

import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.result.InputRequest;
import io.springline.mcp.ProtocolVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The form in which the person at the client approves a call. */
final class ApprovalQuestion {

    private static final String APPROVE = "approve";
    private static final int MAX_NAME_LENGTH = 128;

    private ApprovalQuestion() {}

    static InputRequest of(Tool tool, ObjectNode arguments) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        schema.putObject("properties")
                .putObject(APPROVE)
                .put("type", "boolean")
                .put("title", "Run this call")
                .put("description", "Yes runs the call once, with exactly these arguments");
        schema.putArray("required").add(APPROVE);
        return InputRequest.elicitation(
                """
                A tool call needs your approval.
                Tool: %s
                Server: %s
                Arguments: %s\
                """
                        .formatted(name(tool), server(tool), ReadableArguments.of(arguments)),
                schema);
    }

    /** Returns the tool's name, and the names behind a rename. */
    private static String name(Tool tool) {
        String shown = shown(tool.name());
        List<String> aliases = tool.aliases();
        return aliases.isEmpty() || aliases.contains(tool.name())
                ? shown
                : "%s (there: %s)".formatted(shown, shown(aliases.getFirst()));
    }

    private static String server(Tool tool) {
        String upstream = tool.upstream();
        return upstream == null ? "this service" : shown(upstream);
    }

    private static String shown(String name) {
        return ReadableArguments.harmless(name, MAX_NAME_LENGTH);
    }

    /** Returns true if the client declares that it can show the form. */
    static boolean canBeAskedOf(RequestContext context) {
        return context.capabilities().elicitationForm()
                && context.version().isAtLeast(ProtocolVersion.V2025_06_18);
    }

    /** Returns true only if the person has accepted the form and said yes in it. */
    static boolean isApproved(@Nullable ObjectNode answer) {
        return answer != null
                && answer.path("action").asString("").equals("accept")
                && answer.path("content").path(APPROVE).isBoolean()
                && answer.path("content").path(APPROVE).booleanValue();
    }
}
