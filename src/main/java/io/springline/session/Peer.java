package io.springline.session;

import io.springline.mcp.ProtocolVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The name and version that a client gives for itself: for display, never for decisions.
 *
 * @param name at most 100 characters, or null if the client sent none
 * @param clientVersion at most 100 characters, or null if the client sent none
 */
public record Peer(
        ProtocolVersion protocol, @Nullable String name, @Nullable String clientVersion) {

    private static final int MAX_LENGTH = 100;

    public static Peer of(ProtocolVersion protocol, @Nullable ObjectNode info) {
        return new Peer(protocol, text(info, "name"), text(info, "version"));
    }

    private static @Nullable String text(@Nullable ObjectNode info, String member) {
        if (info == null || !info.path(member).isString()) {
            return null;
        }
        String value = info.path(member).stringValue();
        return value.length() > MAX_LENGTH ? value.substring(0, MAX_LENGTH) : value;
    }
}
