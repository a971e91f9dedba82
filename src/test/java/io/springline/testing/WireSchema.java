package io.springline.testing;

import io.springline.feature.schema.Schema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The official JSON schema of one revision, definition by definition. The folder of the five files
 * is the system property {@code springline.schemas}.
 */
final class WireSchema {

    private static final String PROPERTY = "springline.schemas";
    private static final Map<String, WireSchema> BY_REVISION = new ConcurrentHashMap<>();

    private final String revision;
    private final String definitionsName;
    private final JsonNode document;
    private final Map<String, String> byMethod = new HashMap<>();
    private final Map<Integer, String> byErrorCode = new HashMap<>();
    private final Map<String, Schema> compiled = new ConcurrentHashMap<>();

    private WireSchema(String revision, JsonNode document) {
        this.revision = revision;
        this.document = document;
        definitionsName = document.has("$defs") ? "$defs" : "definitions";
        for (var definition : document.path(definitionsName).properties()) {
            String method = definition.getValue().at("/properties/method/const").asString("");
            if (!method.isEmpty()) {
                byMethod.put(method, definition.getKey());
            }
            int code = errorCode(definition.getValue());
            if (code != 0) {
                byErrorCode.put(code, definition.getKey());
            }
        }
    }

    /** Of the definitions that describe a whole error response, as MCP's own codes have one. */
    private static int errorCode(JsonNode definition) {
        return definition.at("/properties/error/allOf/1/properties/code/const").asInt(0);
    }

    /** Whether this run has the schemas at all. */
    static boolean areGiven() {
        return System.getProperty(PROPERTY) != null;
    }

    /**
     * @throws IllegalStateException when the file is missing; says what to do
     */
    static WireSchema of(String revision) {
        return BY_REVISION.computeIfAbsent(revision, WireSchema::read);
    }

    private static WireSchema read(String revision) {
        Path file = Path.of(System.getProperty(PROPERTY, "")).resolve(revision + ".json");
        if (!Files.isReadable(file)) {
            throw new IllegalStateException(
                    "the MCP schema %s is missing: name its folder by -Dmcp.schemas=FOLDER"
                            .formatted(file));
        }
        try {
            var document = (ObjectNode) McpPeer.JSON.readTree(Files.readString(file));
            widenNumbers(revision, document);
            return new WireSchema(revision, document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In 2025-11-25 the bounds of a number may be integers only, against its own documentation. */
    private static void widenNumbers(String revision, ObjectNode document) {
        if (revision.equals("2025-11-25")) {
            JsonNode properties = document.at("/$defs/NumberSchema/properties");
            for (String name : List.of("default", "minimum", "maximum")) {
                ((ObjectNode) properties.get(name)).put("type", "number");
            }
        }
    }

    /** The methods and notifications that the revision knows. */
    Set<String> methods() {
        return byMethod.keySet();
    }

    /** What is wrong with a request or notification; null when nothing is. */
    @Nullable String faultOfCall(JsonNode message) {
        String definition = byMethod.get(message.path("method").asString(""));
        return definition == null
                ? "%s knows no such method".formatted(revision)
                : fault(definition, message);
    }

    /** What is wrong with a result or an error; null when nothing is. */
    @Nullable String faultOfResponse(@Nullable String method, JsonNode message) {
        if (message.has("error")) {
            return faultOfError(message);
        }
        String envelope =
                fault(
                        has("JSONRPCResultResponse") ? "JSONRPCResultResponse" : "JSONRPCResponse",
                        message);
        return envelope != null || method == null
                ? envelope
                : fault(result(method, message.path("result")), message.path("result"));
    }

    /**
     * Where the id of a request cannot be read, JSON-RPC asks for null, which no revision allows,
     * and up to 2025-06-18 neither may it be left out: it is left out.
     */
    private @Nullable String faultOfError(JsonNode message) {
        String own = byErrorCode.get(message.at("/error/code").asInt(0));
        if (own != null) {
            return fault(own, message);
        }
        if (has("JSONRPCErrorResponse")) {
            return fault("JSONRPCErrorResponse", message);
        }
        JsonNode complete = message;
        if (!message.has("id")) {
            complete = ((ObjectNode) message).deepCopy().put("id", "unreadable");
        }
        return fault("JSONRPCError", complete);
    }

    private String result(String method, JsonNode result) {
        boolean asks = result.path("resultType").asString("").equals("input_required");
        if (asks && has("InputRequiredResult")) {
            return "InputRequiredResult";
        }
        if (result.has("task") && has("CreateTaskResult")) {
            return "CreateTaskResult";
        }
        String request = byMethod.get(method);
        return Optional.ofNullable(request)
                .map(name -> name.replaceFirst("Request$", "Result"))
                .filter(this::has)
                .orElse("EmptyResult");
    }

    private boolean has(String definition) {
        return document.path(definitionsName).has(definition);
    }

    private @Nullable String fault(String definition, JsonNode message) {
        List<String> faults = schema(definition).validate(message);
        return faults.isEmpty() ? null : "%s %s: %s".formatted(revision, definition, faults);
    }

    private Schema schema(String definition) {
        return compiled.computeIfAbsent(
                definition,
                name -> {
                    var schema = McpPeer.JSON.createObjectNode();
                    schema.set("$schema", document.path("$schema"));
                    schema.put("$ref", "#/" + definitionsName + "/" + name);
                    schema.set(definitionsName, document.path(definitionsName));
                    return Schema.compile("the schema of " + revision, schema);
                });
    }
}
