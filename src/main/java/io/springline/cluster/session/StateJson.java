package io.springline.cluster.session;

import io.springline.cluster.redis.Bytes;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.LegacyState.Negotiated;
import io.springline.session.LegacyState.None;
import io.springline.session.LegacyState.Operational;
import io.springline.session.Peer;
import io.springline.session.SessionState;
import io.springline.session.Subscriptions.Listen;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Converts a session's state to JSON and back. Unknown members are ignored. */
final class StateJson {

    private StateJson() {}

    static byte[] write(SessionState state) {
        ObjectNode json = Bytes.JSON.createObjectNode();
        LegacyClient client = state.legacy().client();
        if (client != null) {
            ObjectNode legacy = json.putObject("legacy");
            legacy.put("operational", state.legacy() instanceof Operational);
            legacy.put("version", client.version().wireName());
            legacy.set("capabilities", client.capabilities().json());
            if (client.info() != null) {
                legacy.set("info", client.info());
            }
        }
        json.put("logLevel", state.logLevel().wireName());
        Peer peer = state.peer();
        if (peer != null) {
            json.putObject("peer")
                    .put("protocol", peer.protocol().wireName())
                    .put("name", peer.name())
                    .put("version", peer.clientVersion());
        }
        addAll(json.putArray("uris"), state.uris());
        ArrayNode listens = json.putArray("listens");
        state.listens()
                .forEach((id, listen) -> {
                    ObjectNode each = listens.addObject();
                    each.set("id", id.toJson());
                    each.put("tools", listen.tools());
                    each.put("prompts", listen.prompts());
                    each.put("resources", listen.resources());
                    addAll(each.putArray("uris"), listen.uris());
                    addAll(each.putArray("tasks"), listen.taskIds());
                    if (state.opening().contains(id)) {
                        each.put("opening", true);
                    }
                });
        return Bytes.JSON.writeValueAsBytes(json);
    }

    private static void addAll(ArrayNode array, Set<String> texts) {
        texts.forEach(array::add);
    }

    static SessionState read(byte[] bytes) {
        JsonNode json = Bytes.JSON.readTree(bytes);
        Map<RequestId, Listen> listens = new LinkedHashMap<>();
        Set<RequestId> opening = new HashSet<>();
        for (JsonNode each : json.path("listens")) {
            RequestId id = Objects.requireNonNull(RequestId.of(each.get("id")), "id");
            if (each.path("opening").asBoolean()) {
                opening.add(id);
            }
            listens.put(
                    id,
                    new Listen(
                            each.path("tools").asBoolean(),
                            each.path("prompts").asBoolean(),
                            each.path("resources").asBoolean(),
                            texts(each.path("uris")),
                            texts(each.path("tasks"))));
        }
        return new SessionState(
                legacy(json.path("legacy")),
                LogLevel.of(json.path("logLevel").asString("")).orElse(LogLevel.INFO),
                peer(json.path("peer")),
                texts(json.path("uris")),
                listens,
                opening);
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new LinkedHashSet<>();
        array.forEach(each -> texts.add(each.asString()));
        return texts;
    }

    private static LegacyState legacy(JsonNode json) {
        if (!json.isObject()) {
            return new None();
        }
        var client =
                new LegacyClient(
                        version(json.path("version")),
                        json.path("capabilities") instanceof ObjectNode capabilities
                                ? new ClientCapabilities(capabilities)
                                : ClientCapabilities.NONE,
                        json.path("info") instanceof ObjectNode info ? info : null);
        return json.path("operational").asBoolean()
                ? new Operational(client)
                : new Negotiated(client);
    }

    private static @Nullable Peer peer(JsonNode json) {
        return json.isObject()
                ? new Peer(
                        version(json.path("protocol")),
                        json.path("name").asString(null),
                        json.path("version").asString(null))
                : null;
    }

    /**
     * Returns the revision, or the latest legacy one if it is unknown: nodes of two releases may
     * share a Redis during an update.
     */
    private static ProtocolVersion version(JsonNode json) {
        return ProtocolVersion.of(json.asString("")).orElse(ProtocolVersion.LATEST_LEGACY);
    }
}
