package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.mcp.ProtocolVersion;
import io.springline.relay.config.Era;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An upstream after the handshake, with its version and capabilities.
 *
 * @param capabilities as the upstream declared them
 * @param instructions usage instructions for the client's model; empty for none
 */
public record UpstreamConnection(
        UpstreamClient client,
        ProtocolVersion version,
        ObjectNode capabilities,
        ObjectNode info,
        String instructions) {

    private static final Duration PROBE = Duration.ofSeconds(5);

    /**
     * Starts the transport and performs the handshake. If it fails, the transport is closed.
     *
     * @param timeout of each request of the handshake
     * @throws IOException if the transport cannot be started
     * @throws UpstreamException if the handshake fails
     * @throws LostException if the connection ended during the handshake
     */
    public static UpstreamConnection open(
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
            return initializeOrDiscover(client, era, clientCapabilities, timeout);
        } catch (JsonRpcException e) {
            transport.close();
            throw new UpstreamException("the handshake failed: " + e.error().message());
        } catch (NotBegunException e) {
            transport.close();
            throw new UpstreamException(String.valueOf(e.getMessage()));
        } catch (RuntimeException | InterruptedException e) {
            transport.close();
            throw e;
        }
    }

    /**
     * A modern server that took longer to start than the first {@code server/discover} waits
     * refuses {@code initialize}; now that it runs, it is asked once more.
     */
    private static UpstreamConnection initializeOrDiscover(
            UpstreamClient client, Era era, ObjectNode clientCapabilities, Duration timeout)
            throws InterruptedException {
        try {
            return initialize(client, clientCapabilities, timeout);
        } catch (JsonRpcException e) {
            UpstreamConnection late = era == Era.AUTO ? discover(client, era, timeout) : null;
            if (late == null) {
                throw e;
            }
            return late;
        }
    }

    private static @Nullable UpstreamConnection discover(
            UpstreamClient client, Era era, Duration timeout) throws InterruptedException {
        Duration patience = era == Era.AUTO && PROBE.compareTo(timeout) < 0 ? PROBE : timeout;
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.set("_meta", RelayMeta.modern(RelayMeta.readerCapabilities()));
        try {
            JsonNode result = client.request("server/discover", params, patience);
            JsonNode versions = result.path("supportedVersions");
            boolean served =
                    (versions.isArray() ? versions.valueStream() : Stream.of(versions))
                            .anyMatch(
                                    v -> v.asString("").equals(ProtocolVersion.MODERN.wireName()));
            if (served) {
                return new UpstreamConnection(
                        client,
                        ProtocolVersion.MODERN,
                        declared(result.path("capabilities")),
                        object(result.path("_meta").path("io.modelcontextprotocol/serverInfo")),
                        result.path("instructions").asString(""));
            }
        } catch (JsonRpcException | UpstreamException e) {
            if (era == Era.MODERN) {
                throw e;
            }
        }
        return null;
    }

    /**
     * Sends {@code initialize}, with older versions if the upstream refuses the newest; each
     * version at most once.
     */
    private static UpstreamConnection initialize(
            UpstreamClient client, ObjectNode capabilities, Duration timeout)
            throws InterruptedException {
        var asked = new LinkedHashSet<String>();
        String version = ProtocolVersion.LATEST_LEGACY.wireName();
        while (true) {
            asked.add(version);
            try {
                return initialize(client, version, capabilities, timeout);
            } catch (JsonRpcException e) {
                version = VersionRefusal.next(e.error(), asked).orElseThrow(() -> e);
            } catch (UpstreamException e) {
                version = VersionRefusal.next(e, asked).orElseThrow(() -> e);
            }
        }
    }

    private static UpstreamConnection initialize(
            UpstreamClient client, String version, ObjectNode capabilities, Duration timeout)
            throws InterruptedException {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("protocolVersion", version);
        params.set("capabilities", capabilities);
        params.set("clientInfo", RelayMeta.CLIENT_INFO);
        JsonNode result = client.request("initialize", params, timeout);
        client.send(new Notification("notifications/initialized"));
        return new UpstreamConnection(
                client,
                VersionRefusal.served(result.path("protocolVersion").asString(""), version),
                declared(result.path("capabilities")),
                object(result.path("serverInfo")),
                result.path("instructions").asString(""));
    }

    /**
     * Returns true if the upstream declares the capability. PHP encodes an empty object as an
     * array, others send true.
     */
    public boolean can(String capability) {
        JsonNode declared = capabilities.path(capability);
        return !declared.isMissingNode() && !declared.isNull() && declared.asBoolean(true);
    }

    /** Returns the declared capabilities; if there are none, all lists. */
    private static ObjectNode declared(JsonNode node) {
        ObjectNode declared = object(node);
        if (node.isMissingNode() || node.isNull()) {
            for (CatalogueList list : CatalogueList.values()) {
                declared.putObject(list.capability());
            }
        }
        return declared;
    }

    private static ObjectNode object(JsonNode node) {
        return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    }
}
