package io.springline.relay;

import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What the handshake of a legacy upstream settled, as later requests repeat it in their headers.
 * Safe for use by many threads.
 */
final class HttpSession {

    static final String ID_HEADER = "Mcp-Session-Id";

    private static final Logger log = LoggerFactory.getLogger(HttpSession.class);

    /** The first version whose clients name it in a header. */
    private static final String FIRST_NAMED = "2025-06-18";

    private volatile @Nullable String id;
    private volatile @Nullable String version;

    /** The response to {@code initialize} begins. */
    void begin(HttpHeaders headers) {
        String offered = headers.firstValue(ID_HEADER).orElse(null);
        if (offered != null
                && (offered.isEmpty() || !offered.chars().allMatch(c -> c > ' ' && c <= '~'))) {
            log.warn("An upstream's session id is not visible ASCII and cannot be sent back");
            return;
        }
        id = offered;
    }

    /** The result of {@code initialize} has come. */
    void agree(JsonNode result) {
        JsonNode agreed = result.path("protocolVersion");
        version = agreed.isString() ? agreed.stringValue() : null;
    }

    /** Whether the upstream gave us an id, and so can forget it. */
    boolean isNamed() {
        return id != null;
    }

    void addTo(HttpRequest.Builder request) {
        String id = this.id;
        if (id != null) {
            request.setHeader(ID_HEADER, id);
        }
        String version = this.version;
        if (version != null && version.compareTo(FIRST_NAMED) >= 0) {
            request.setHeader("MCP-Protocol-Version", ModernHeaders.encoded(version));
        }
    }
}
