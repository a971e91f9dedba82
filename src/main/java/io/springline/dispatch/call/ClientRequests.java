package io.springline.dispatch.call;

import io.springline.dispatch.call.CallContext.CallAttempt;
import io.springline.feature.InputRefusedException;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.Operational;
import io.springline.session.McpSession;
import io.springline.session.request.InFlight;
import java.time.Duration;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Sends requests to legacy clients, in the shape of their revision, and waits for the answers. */
public final class ClientRequests {

    private final Duration timeout;

    public ClientRequests(Duration timeout) {
        this.timeout = timeout;
    }

    /**
     * Sends the request to the client and blocks until the answer, at most for the timeout. The
     * wait does not count as time of the client's own request.
     *
     * @throws InputRefusedException if the client cannot be asked, answers with an error, or does
     *     not answer in time
     */
    ObjectNode ask(CallAttempt attempt, InputRequest request) throws InterruptedException {
        Call call = attempt.call();
        InFlight inFlight = attempt.inFlight();
        RequestId asking = inFlight.id();
        McpSession session = call.session();
        if (!(session.legacy() instanceof Operational)) {
            throw new InputRefusedException(
                    "The client cannot be asked before it has sent notifications/initialized");
        }
        if (!canBeAsked(attempt)) {
            throw new InputRefusedException(
                    "The client cannot be asked: it does not accept an event stream for this request");
        }
        JsonNode result;
        inFlight.pauseDeadline(System.nanoTime());
        try {
            result =
                    session.outgoing()
                            .call(
                                    request.kind().method(),
                                    shaped(request, call.version()),
                                    timeout,
                                    message -> send(session, message, asking),
                                    id -> send(session, cancelled(id), asking));
        } catch (JsonRpcException e) {
            throw new InputRefusedException(
                    "The client refused %s: %s"
                            .formatted(request.kind().method(), e.error().message()));
        } finally {
            inFlight.resumeDeadline(System.nanoTime());
        }
        if (!(result instanceof ObjectNode answer)) {
            throw new InputRefusedException(
                    "The client answered %s with a result that is not an object"
                            .formatted(request.kind().method()));
        }
        return answer;
    }

    /** Returns true if the connection of the call can carry requests to the client. */
    boolean canBeAsked(CallAttempt attempt) {
        return attempt.call().session().connection().carriesRequests(attempt.inFlight().id());
    }

    private static void send(McpSession session, JsonRpcMessage message, RequestId asking) {
        session.connection().send(session.encode(message).belongingTo(asking));
    }

    private static Notification cancelled(RequestId id) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("requestId", id.toJson());
        params.put("reason", "no longer needed");
        return new Notification("notifications/cancelled", params);
    }

    private static ObjectNode shaped(InputRequest request, ProtocolVersion version) {
        return switch (request.kind()) {
            case ELICITATION -> elicitation(request.params(), version);
            case SAMPLING -> sampling(request.params(), version);
            case ROOTS -> request.params();
        };
    }

    /**
     * Returns the params in the shape of the revision: before 2025-11-25 without {@code mode} and
     * defaults; since then a URL elicitation has an {@code elicitationId}.
     */
    private static ObjectNode elicitation(ObjectNode params, ProtocolVersion version) {
        ObjectNode shaped = params.deepCopy();
        if (!version.isAtLeast(ProtocolVersion.V2025_11_25)) {
            shaped.remove("mode");
            shaped.path("requestedSchema")
                    .path("properties")
                    .forEach(property -> {
                        if (property instanceof ObjectNode object) {
                            object.remove("default");
                        }
                    });
        } else if (shaped.path("mode").asString("").equals("url") && !shaped.has("elicitationId")) {
            shaped.put("elicitationId", UUID.randomUUID().toString());
        }
        return shaped;
    }

    /**
     * Returns the params in the shape of the revision: before 2025-11-25, each content block has
     * its own message.
     */
    private static ObjectNode sampling(ObjectNode params, ProtocolVersion version) {
        if (version.isAtLeast(ProtocolVersion.V2025_11_25)) {
            return params;
        }
        ObjectNode shaped = params.deepCopy();
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        for (JsonNode message : params.path("messages")) {
            JsonNode content = message.path("content");
            if (!content.isArray()) {
                messages.add(message);
                continue;
            }
            for (JsonNode block : content) {
                ObjectNode single = JsonNodeFactory.instance.objectNode();
                single.set("role", message.path("role"));
                single.set("content", block);
                messages.add(single);
            }
        }
        shaped.set("messages", messages);
        return shaped;
    }
}
