package io.springline.session;

import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.ProtocolVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * How far the {@code initialize} handshake of a connection has come. There is no modern
 * counterpart: each modern request stands alone.
 *
 * <pre>
 * None ──initialize──▶ Negotiated ──notifications/initialized──▶ Operational
 * </pre>
 */
public sealed interface LegacyState {

    record None() implements LegacyState {}

    /** {@code initialize} is answered. Requests are served, but nothing unsolicited is sent. */
    record Negotiated(LegacyClient client) implements LegacyState {}

    record Operational(LegacyClient client) implements LegacyState {}

    /**
     * What {@code initialize} said.
     *
     * @param info name and version as the client calls itself: for display, never for decisions
     */
    record LegacyClient(
            ProtocolVersion version, ClientCapabilities capabilities, @Nullable ObjectNode info) {}

    /** The negotiated client, or null before {@code initialize}. */
    default @Nullable LegacyClient client() {
        return switch (this) {
            case None() -> null;
            case Negotiated(var client) -> client;
            case Operational(var client) -> client;
        };
    }
}
