package io.springline.feature.result;

import io.springline.mcp.ClientCapabilities;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request for input from the client, in the shape of the newest revision.
 *
 * @param params as the MCP schema defines for the method of {@code kind}
 */
public record InputRequest(Kind kind, ObjectNode params) {

    /** The kinds of input. */
    public enum Kind {
        ELICITATION("elicitation/create"),
        SAMPLING("sampling/createMessage"),
        ROOTS("roots/list");

        private final String method;

        Kind(String method) {
            this.method = method;
        }

        public String method() {
            return method;
        }

        public static Optional<Kind> of(String method) {
            return Arrays.stream(values()).filter(kind -> kind.method.equals(method)).findFirst();
        }
    }

    public InputRequest {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(params, "params");
    }

    /**
     * Returns a request for the user to fill in a form.
     *
     * @param schema a flat object schema: strings, numbers, booleans and enumerations
     */
    public static InputRequest elicitation(String message, ObjectNode schema) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("mode", "form").put("message", message);
        params.set("requestedSchema", schema);
        return new InputRequest(Kind.ELICITATION, params);
    }

    /**
     * Returns a request to the client's model. {@code params} follow the schema of {@code
     * sampling/createMessage}.
     */
    public static InputRequest sampling(ObjectNode params) {
        return new InputRequest(Kind.SAMPLING, params);
    }

    public static InputRequest roots() {
        return new InputRequest(Kind.ROOTS, JsonNodeFactory.instance.objectNode());
    }

    /** Returns the capabilities that a client must declare to get this request. */
    public ObjectNode requiredCapabilities() {
        ObjectNode required = JsonNodeFactory.instance.objectNode();
        switch (kind) {
            case ELICITATION -> {
                ObjectNode elicitation = required.putObject("elicitation");
                if (isUrl()) {
                    elicitation.putObject("url");
                }
            }
            case SAMPLING -> {
                ObjectNode sampling = required.putObject("sampling");
                if (needsTools()) {
                    sampling.putObject("tools");
                }
            }
            case ROOTS -> required.putObject("roots");
        }
        return required;
    }

    public boolean isSupportedBy(ClientCapabilities client) {
        return switch (kind) {
            case ELICITATION -> isUrl() ? client.elicitationUrl() : client.elicitationForm();
            case SAMPLING -> client.sampling() && (!needsTools() || client.samplingTools());
            case ROOTS -> client.roots();
        };
    }

    private boolean isUrl() {
        return params.path("mode").asString("").equals("url");
    }

    private boolean needsTools() {
        return params.has("tools") || params.has("toolChoice");
    }
}
