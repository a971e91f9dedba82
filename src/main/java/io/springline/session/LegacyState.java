package io.springline.session;

import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.ProtocolVersion;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The state of the {@code initialize} handshake. Modern requests have no such state: each is
 * complete by itself.
 *
 * <pre>
 * None ──initialize──▶ Negotiated ──notifications/initialized──▶ Operational
 * </pre>
 */
public sealed interface LegacyState {

    record None() implements LegacyState {}

    /** {@code initialize} was answered. Requests are served, and no unsolicited message is sent. */
    record Negotiated(LegacyClient client) implements LegacyState {}

    record Operational(LegacyClient client) implements LegacyState {}

    /**
     * The client's parameters of {@code initialize}.
     *
     * @param info name and version of the client: for display, never for decisions
     */
    record LegacyClient(
            ProtocolVersion version, ClientCapabilities capabilities, @Nullable ObjectNode info) {}

    /** Returns the negotiated client, or null before {@code initialize}. */
    default @Nullable LegacyClient client() {
        return switch (this) {
            case None() -> null;
            case Negotiated(var client) -> client;
            case Operational(var client) -> client;
        };
    }
}
