package io.springline.conformance;

import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.feature.schema.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Requests to the client, and accessors for their results. */
final class InputQuestions {

    private static final JsonMapper JSON = new JsonMapper();

    private InputQuestions() {}

    /**
     * Returns a form elicitation.
     *
     * @param schema of the form, as JSON
     */
    static InputRequest form(String message, String schema) {
        return InputRequest.elicitation(message, (ObjectNode) JSON.readTree(schema));
    }

    /** Returns a form elicitation with one required field. */
    static InputRequest form(String message, String field, String type) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        schema.putObject("properties").putObject(field).put("type", type);
        schema.putArray("required").add(field);
        return InputRequest.elicitation(message, schema);
    }

    static InputRequest sampling(String prompt, int maxTokens) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.putArray("messages")
                .addObject()
                .put("role", "user")
                .putObject("content")
                .put("type", "text")
                .put("text", prompt);
        return InputRequest.sampling(params.put("maxTokens", maxTokens));
    }

    /**
     * Returns the requests without a usable result in this round, in their order.
     *
     * @throws InputRefusedException if the user declined or cancelled one
     */
    static Map<String, InputRequest> unanswered(
            RequestContext context, Map<String, InputRequest> questions) {
        var open = new LinkedHashMap<>(questions);
        questions.forEach((key, question) -> {
            ObjectNode answer = context.answers().get(key);
            if (answer != null && isUsable(question, answer)) {
                open.remove(key);
            }
        });
        return open;
    }

    private static boolean isUsable(InputRequest question, ObjectNode answer) {
        return switch (question.kind()) {
            case ELICITATION ->
                    switch (answer.path("action").asString("")) {
                        case "accept" -> fits(question, answer);
                        case "decline", "cancel" ->
                                throw new InputRefusedException("The user gave no answer");
                        default -> false;
                    };
            case SAMPLING -> answer.has("content");
            case ROOTS -> answer.path("roots").isArray();
        };
    }

    private static boolean fits(InputRequest question, ObjectNode answer) {
        return Schema.compile("requestedSchema", question.params().path("requestedSchema"))
                .validate(answer.path("content"))
                .isEmpty();
    }

    /** Returns the value that the user entered; empty if there is none. */
    static String field(RequestContext context, String key, String field) {
        return answer(context, key).path("content").path(field).asString("");
    }

    /** Returns the text of a sampling result; empty if there is none. */
    static String text(JsonNode sampled) {
        JsonNode content = sampled.path("content");
        JsonNode block = content.isArray() ? content.path(0) : content;
        return block.path("text").asString("");
    }

    /** Returns the URIs of the client's roots; none if there is no result. */
    static List<String> roots(JsonNode listed) {
        return listed.path("roots")
                .valueStream()
                .map(root -> root.path("uri").asString(""))
                .toList();
    }

    static JsonNode answer(RequestContext context, String key) {
        ObjectNode answer = context.answers().get(key);
        return answer == null ? JsonNodeFactory.instance.missingNode() : answer;
    }
}
