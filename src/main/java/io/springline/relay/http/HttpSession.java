package io.springline.relay.http;

import io.springline.jsonrpc.JsonRpcError;
import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * What the handshake of a legacy upstream settled, as later requests repeat it. Safe for use by
 * many threads.
 */
final class HttpSession {

    static final String ID_HEADER = "Mcp-Session-Id";

    private static final Logger log = LoggerFactory.getLogger(HttpSession.class);

    /** The first version whose clients name it in a header. */
    private static final String FIRST_NAMED = "2025-06-18";

    /**
     * How servers say that they do not know a session. SDKs differ in status and error code, and
     * agree on the word only.
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

    /** The response to {@code initialize} begins. */
    void begin(HttpReply reply) {
        String offered = reply.header(ID_HEADER);
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

    /** The upstream speaks HTTP+SSE (2024-11-05): messages are posted to this URL. */
    void postTo(URI endpoint) {
        this.endpoint = endpoint;
    }

    /** Returns the URL that messages are posted to with HTTP+SSE; null with Streamable HTTP. */
    @Nullable URI endpoint() {
        return endpoint;
    }

    /** Returns true if the upstream gave us an id, and so can forget it. */
    boolean isNamed() {
        return id != null;
    }

    void addTo(Map<String, String> headers) {
        String id = this.id;
        if (id != null) {
            headers.put(ID_HEADER, id);
        }
        String version = this.version;
        if (version != null && version.compareTo(FIRST_NAMED) >= 0) {
            headers.put("MCP-Protocol-Version", ModernHeaders.encoded(version));
        }
    }

    /**
     * Returns true if this response to a message of the session says that the upstream does not
     * know the session. If there is no session to be forgotten, 404 only says that nothing is here.
     */
    boolean isLost(HttpReply reply, String body) {
        boolean forgettable = isNamed() || endpoint != null;
        return !reply.isSuccess()
                && ((reply.status() == 404 || reply.status() == 410) && forgettable
                        || LOST.matcher(body).find());
    }

    /**
     * Returns true if this error says the same with a status of success. Invalid params and
     * internal errors are left out: a tool may have sessions of its own, and may have run.
     */
    static boolean isLost(JsonRpcError error) {
        return error.code() != -32602
                && error.code() != -32603
                && LOST.matcher(error.message()).find();
    }
}
