package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.mcp.RequestHeaders;
import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The state that the handshake of a legacy upstream sets and later requests repeat: session id,
 * version, URL. Thread-safe.
 */
final class HttpSession {

    static final String ID_HEADER = "Mcp-Session-Id";

    private static final Logger log = LoggerFactory.getLogger(HttpSession.class);

    /** The first version with a version header. */
    private static final String FIRST_NAMED = "2025-06-18";

    /**
     * Matches the errors for an unknown session. SDKs use different statuses and error codes; only
     * the words are common.
     */
    private static final Pattern LOST =
            Pattern.compile(
                    "\\b(mcp[- ])?session\\W{0,2}(id)?\\b.{0,80}\\b(not|no longer|invalid|unknown|missing|required|expired|terminated|closed|gone|lost|deleted)\\b"
                            + "|\\b(not|no|invalid|unknown|missing|expired|bad|without)\\b.{0,40}session"
                            + "|not initialized|expect(ed)? initialize request|before initialization",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private volatile @Nullable String id;
    private volatile @Nullable String version;
    private volatile @Nullable URI endpoint;

    /** Records the session id from the response to {@code initialize}. */
    void begin(HttpReply reply) {
        String offered = reply.header(ID_HEADER);
        if (offered != null
                && (offered.isEmpty() || !offered.chars().allMatch(c -> c > ' ' && c <= '~'))) {
            log.warn(
                    "Ignored an upstream's session id: it contains characters other than visible ASCII");
            return;
        }
        id = offered;
    }

    /** Records the version from the result of {@code initialize}. */
    void agree(JsonNode result) {
        JsonNode agreed = result.path("protocolVersion");
        version = agreed.isString() ? agreed.stringValue() : null;
    }

    /** Sets the URL for POST requests of HTTP+SSE (2024-11-05). */
    void postTo(URI endpoint) {
        this.endpoint = endpoint;
    }

    /** Returns the URL for POST requests of HTTP+SSE; null with Streamable HTTP. */
    @Nullable URI endpoint() {
        return endpoint;
    }

    /** Returns true if the upstream assigned a session id. */
    boolean isNamed() {
        return id != null;
    }

    /** Adds the session headers. */
    void addTo(Map<String, String> headers) {
        String id = this.id;
        if (id != null) {
            headers.put(ID_HEADER, id);
        }
        String version = this.version;
        if (version != null && version.compareTo(FIRST_NAMED) >= 0) {
            headers.put(RequestHeaders.VERSION, RequestHeaders.encode(version));
        }
    }

    /**
     * Returns true if the response means that the upstream does not know the session. Without a
     * session, 404 and 410 mean only that the URL is wrong.
     */
    boolean isLost(HttpReply reply, String body) {
        boolean forgettable = isNamed() || endpoint != null;
        return !reply.isSuccess()
                && ((reply.status() == 404 || reply.status() == 410) && forgettable
                        || LOST.matcher(body).find());
    }

    /**
     * Returns true if the error means that the upstream does not know the session. Invalid params
     * and internal errors are excluded: they may come from a tool with sessions of its own, which
     * may have run.
     */
    static boolean isLost(JsonRpcError error) {
        return error.code() != -32602
                && error.code() != -32603
                && LOST.matcher(error.message()).find();
    }
}
