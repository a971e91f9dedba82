package io.springline.mcp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The supported revisions of MCP, oldest first.
 *
 * <p>All but the last are <em>legacy</em>: a session begins with {@code initialize}, and both sides
 * may send requests. The last is <em>modern</em>: stateless, and each request carries its version
 * and the client's capabilities in {@code _meta}.
 */
public enum ProtocolVersion {
    V2024_11_05("2024-11-05"),
    V2025_03_26("2025-03-26"),
    V2025_06_18("2025-06-18"),
    V2025_11_25("2025-11-25"),
    V2026_07_28("2026-07-28");

    public static final ProtocolVersion LATEST_LEGACY = V2025_11_25;
    public static final ProtocolVersion MODERN = V2026_07_28;

    /** All names, newest first, as discovery and error data list them. */
    public static final List<String> SUPPORTED =
            Arrays.stream(values()).map(ProtocolVersion::wireName).toList().reversed();

    private final String wireName;

    ProtocolVersion(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    public boolean isModern() {
        return this == MODERN;
    }

    public boolean isAtLeast(ProtocolVersion other) {
        return compareTo(other) >= 0;
    }

    public static Optional<ProtocolVersion> of(String wireName) {
        return Arrays.stream(values()).filter(v -> v.wireName.equals(wireName)).findFirst();
    }
}
