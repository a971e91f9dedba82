package io.springline.dispatch.call;

import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.feature.InputRefusedException;
import io.springline.feature.result.InputRequest;
import io.springline.feature.schema.Schema;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the client for input on behalf of a handler that blocks for the answer. Works for legacy and
 * modern clients.
 */
public final class ClientInput {

    /** The key of the question of a handler that asks for one thing. */
    private static final String KEY = "input";

    private final ClientRequests legacy;
    private final ParkedCalls modern;

    public ClientInput(ClientRequests legacy, ParkedCalls modern) {
        this.legacy = legacy;
        this.modern = modern;
    }

    /**
     * Asks the client, and blocks until it has answered.
     *
     * @throws JsonRpcException {@code -32021} if a modern client did not declare the required
     *     capability
     * @throws InputRefusedException if no usable answer arrives
     */
    ObjectNode ask(CallContext context, InputRequest request) throws InterruptedException {
        requireSupported(context.attempt().call(), request);
        ObjectNode answer =
                context.version().isModern()
                        ? modern.ask(context, request)
                        : legacy.ask(context.attempt(), request);
        requireFitting(request, answer);
        return answer;
    }

    /**
     * Sends a question of a task to the legacy client that waits for the task's result, and blocks
     * until it has answered.
     *
     * @param attempt the client's request for the result
     * @param question a method and its params, in the shape of the newest revision
     * @return null if the client has not declared the required capability, or cannot be asked on
     *     the response to this request
     * @throws InputRefusedException if no usable answer arrives
     */
    public @Nullable ObjectNode ask(CallAttempt attempt, String taskId, JsonNode question)
            throws InterruptedException {
        InputRequest.Kind kind =
                InputRequest.Kind.of(question.path("method").asString("")).orElse(null);
        if (kind == null || !(question.path("params") instanceof ObjectNode params)) {
            return null;
        }
        var request = new InputRequest(kind, relatedTo(params, taskId));
        if (!isSupported(attempt.call(), request)) {
            return null;
        }
        try {
            return legacy.ask(attempt, request);
        } catch (InputRefusedException e) {
            if (legacy.canBeAsked(attempt)) {
                throw e;
            }
            return null; // it has not refused: it does not accept an event stream, or has left
        }
    }

    /** Asks the client through the task as which the call continues. */
    static ObjectNode ask(CallTask task, Call call, InputRequest request)
            throws InterruptedException {
        return Objects.requireNonNull(askAll(task, call, Map.of(KEY, request)).get(KEY), KEY);
    }

    /**
     * Asks the client several questions through the task, and returns the answers by their keys.
     */
    static Map<String, ObjectNode> askAll(
            CallTask task, Call call, Map<String, InputRequest> requests)
            throws InterruptedException {
        var questions = new LinkedHashMap<String, ObjectNode>();
        requests.forEach((key, request) -> {
            requireSupported(call, request);
            questions.put(key, MultiRoundTrip.json(request));
        });
        Map<String, ObjectNode> answers = task.ask(questions);
        requests.forEach((key, request) ->
                requireFitting(request, Objects.requireNonNull(answers.get(key), key)));
        return answers;
    }

    /**
     * Returns if the client declared the capability, and its revision defines it.
     *
     * @throws JsonRpcException {@code -32021} for a modern client
     * @throws InputRefusedException for a legacy client
     */
    static void requireSupported(Call call, InputRequest request) {
        if (isSupported(call, request)) {
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

    private static boolean isSupported(Call call, InputRequest request) {
        return request.isSupportedBy(call.capabilities()) && isKnownIn(call.version(), request);
    }

    /**
     * Returns true if the revision defines the capability. Otherwise the client's declaration of it
     * is ignored.
     */
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

    /**
     * Checks that the accepted answer of a form matches the form's schema.
     *
     * @throws InputRefusedException with the mismatches
     */
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

    /** Returns a copy whose {@code _meta} names the task that the message belongs to. */
    public static ObjectNode relatedTo(ObjectNode message, String taskId) {
        ObjectNode tagged = message.deepCopy();
        ObjectNode meta =
                tagged.path(MetaKeys.META) instanceof ObjectNode given
                        ? given
                        : tagged.putObject(MetaKeys.META);
        meta.putObject(MetaKeys.RELATED_TASK).put("taskId", taskId);
        return tagged;
    }
}
