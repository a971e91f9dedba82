package io.springline.relay.attach;

import io.springline.relay.AttachedUpstreams.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What all nodes know of an attached server.
 *
 * @param node to which it is connected, or was last
 * @param token name of its token
 * @param kept whether its features stay listed while it is away
 * @param since when the state began, in ms
 * @param instance identifies the server process; null if it does not say
 * @param address for operators
 */
record SharedServer(
        String node,
        String token,
        boolean kept,
        State state,
        long since,
        @Nullable String instance,
        String address,
        boolean resumable) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Returns a server that connects to this node now. */
    static SharedServer connecting(String self, String name, AttachedServer.Link link) {
        AttachRequest request = link.request();
        return new SharedServer(
                self,
                request.credential().token(),
                name.equals(request.credential().onlyName()),
                State.ONLINE,
                link.since().toEpochMilli(),
                request.instance(),
                request.address(),
                link.transport().isResumable());
    }

    Instant sinceInstant() {
        return Instant.ofEpochMilli(since);
    }

    /** Returns the same server, whose node has gone. */
    SharedServer gone(Instant now) {
        return state == State.OFFLINE
                ? this
                : new SharedServer(
                        node,
                        token,
                        kept,
                        State.OFFLINE,
                        now.toEpochMilli(),
                        instance,
                        address,
                        resumable);
    }

    String toJson() {
        return JSON.writeValueAsString(
                JSON.createObjectNode()
                        .put("node", node)
                        .put("token", token)
                        .put("kept", kept)
                        .put("state", state.name())
                        .put("since", since)
                        .put("instance", instance)
                        .put("address", address)
                        .put("resumable", resumable));
    }

    /** Reads what {@link #toJson} has written; returns null for anything else. */
    static @Nullable SharedServer of(String json) {
        try {
            JsonNode node = JSON.readTree(json);
            return new SharedServer(
                    node.path("node").stringValue(),
                    node.path("token").stringValue(),
                    node.path("kept").booleanValue(),
                    State.valueOf(node.path("state").stringValue()),
                    node.path("since").longValue(),
                    node.path("instance").asString(null),
                    node.path("address").stringValue(),
                    node.path("resumable").booleanValue());
        } catch (JacksonException | IllegalArgumentException e) {
            return null;
        }
    }
}
