package io.springline.dispatch.call;

import io.springline.feature.InputRefusedException;
import io.springline.feature.InputRequest;
import io.springline.feature.schema.Schema;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.ProtocolVersion;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Asks the client on behalf of a handler that waits: the one door, whatever the era. */
public final class ClientInput {

    private final ClientRequests legacy;
    private final ParkedCalls modern;

    public ClientInput(ClientRequests legacy, ParkedCalls modern) {
        this.legacy = legacy;
        this.modern = modern;
    }

    /**
     * @throws JsonRpcException {@code -32021} when a modern client did not declare what is asked
     *     for
     * @throws InputRefusedException when no usable answer comes
     */
    ObjectNode ask(CallContext context, InputRequest request) throws InterruptedException {
        requireSupported(context.turn().call(), request);
        ObjectNode answer =
                context.version().isModern()
                        ? modern.ask(context, request)
                        : legacy.ask(context.turn(), request);
        requireFitting(request, answer);
        return answer;
    }

    static void requireSupported(Call call, InputRequest request) {
        if (request.isSupportedBy(call.capabilities()) && isKnownIn(call.version(), request)) {
            return;
        }
        ObjectNode required = request.requiredCapabilities();
        String message =
                "Missing required client capability: "
                        + String.join(", ", required.propertyNames());
        if (!call.version().isModern()) {
            throw new InputRefusedException(message);
        }
        ObjectNode data = required.objectNode();
        data.set("requiredCapabilities", required);
        throw ErrorCode.MISSING_CLIENT_CAPABILITY.exception(message, data);
    }

    /** A capability that a revision does not define means nothing, even if it was declared. */
    private static boolean isKnownIn(ProtocolVersion version, InputRequest request) {
        ObjectNode required = request.requiredCapabilities();
        boolean newer =
                required.path("elicitation").has("url") || required.path("sampling").has("tools");
        return switch (request.kind()) {
            case ELICITATION ->
                    version.isAtLeast(
                            newer ? ProtocolVersion.V2025_11_25 : ProtocolVersion.V2025_06_18);
            case SAMPLING -> !newer || version.isAtLeast(ProtocolVersion.V2025_11_25);
            case ROOTS -> true;
        };
    }

    /** What a user typed into a form must fit the form. */
    static void requireFitting(InputRequest request, ObjectNode answer) {
        JsonNode schema = request.params().path("requestedSchema");
        if (request.kind() != InputRequest.Kind.ELICITATION
                || !schema.isObject()
                || !answer.path("action").asString("").equals("accept")) {
            return;
        }
        List<String> faults = Schema.ofForm(schema).validate(answer.path("content"));
        if (!faults.isEmpty()) {
            throw new InputRefusedException(
                    "The client's answer does not fit the form: " + String.join("; ", faults));
        }
    }
}
