package io.springline.relay;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.session.ProtocolVersion;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An upstream that has been talked to: its era is known and what it can do.
 *
 * @param capabilities as it declared them
 */
record UpstreamConnection(
        UpstreamClient client, ProtocolVersion version, ObjectNode capabilities, ObjectNode info) {

    private static final Duration PROBE = Duration.ofSeconds(5);

    /** How to find out an upstream's era. */
    enum Era {
        /** Ask the modern way first, on the same channel fall back to {@code initialize}. */
        AUTO,
        LEGACY,
        MODERN
    }

    /**
     * Starts the transport and shakes hands.
     *
     * @throws IOException when it cannot be started
     * @throws UpstreamException when it does not speak MCP
     * @throws LostException when it ended meanwhile
     */
    static UpstreamConnection open(
            UpstreamTransport transport,
            UpstreamClient client,
            Era era,
            ObjectNode clientCapabilities,
            Duration timeout)
            throws IOException, InterruptedException {
        transport.start(client);
        try {
            if (era != Era.LEGACY) {
                UpstreamConnection modern = discover(client, era, timeout);
                if (modern != null) {
                    return modern;
                }
            }
            return initialize(client, clientCapabilities, timeout);
        } catch (JsonRpcException e) {
            transport.close();
            throw new UpstreamException("the handshake failed: " + e.error().message());
        } catch (UpstreamException | LostException | InterruptedException e) {
            transport.close();
            throw e;
        }
    }

    private static @Nullable UpstreamConnection discover(
            UpstreamClient client, Era era, Duration timeout) throws InterruptedException {
        Duration patience = era == Era.AUTO && PROBE.compareTo(timeout) < 0 ? PROBE : timeout;
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("_meta", RelayMeta.modern(JsonNodeFactory.instance.objectNode()));
        try {
            JsonNode result = client.request("server/discover", params, patience);
            boolean served =
                    result.path("supportedVersions")
                            .valueStream()
                            .anyMatch(
                                    v -> v.asString("").equals(ProtocolVersion.MODERN.wireName()));
            if (served) {
                return new UpstreamConnection(
                        client,
                        ProtocolVersion.MODERN,
                        object(result.path("capabilities")),
                        object(result.path("_meta").path("io.modelcontextprotocol/serverInfo")));
            }
        } catch (JsonRpcException | UpstreamException e) {
            if (era == Era.MODERN) {
                throw e;
            }
        }
        return null;
    }

    private static UpstreamConnection initialize(
            UpstreamClient client, ObjectNode capabilities, Duration timeout)
            throws InterruptedException {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("protocolVersion", ProtocolVersion.LATEST_LEGACY.wireName());
        params.set("capabilities", capabilities);
        params.set("clientInfo", RelayMeta.CLIENT_INFO);
        JsonNode result = client.request("initialize", params, timeout);
        String answered = result.path("protocolVersion").asString("");
        ProtocolVersion version =
                ProtocolVersion.of(answered)
                        .filter(known -> !known.isModern())
                        .orElseThrow(() ->
                                ErrorCode.INTERNAL_ERROR.exception(
                                        "it speaks '%s', which is not known here"
                                                .formatted(answered)));
        client.send(new Notification("notifications/initialized", null));
        return new UpstreamConnection(
                client,
                version,
                object(result.path("capabilities")),
                object(result.path("serverInfo")));
    }

    boolean can(String capability) {
        return capabilities.path(capability).isObject();
    }

    private static ObjectNode object(JsonNode node) {
        return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }
}
