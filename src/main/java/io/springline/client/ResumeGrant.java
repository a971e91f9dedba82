package io.springline.client;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ExtensionMethods;
import java.io.IOException;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The data with which a client resumes its session, and the messages of the extension {@code
 * springline/*}, see docs/binding.md.
 *
 * @param token the resume token, a secret
 * @param epoch the epoch from the server, which the client sends back unchanged
 * @param maxBufferedBytes the size of the server's buffer for unacknowledged messages
 */
record ResumeGrant(String token, String epoch, long maxBufferedBytes) {

    static final RequestId OPEN = new RequestId.Text("springline-open");
    static final RequestId RESUME = new RequestId.Text("springline-resume");

    private static final Set<String> REASONS =
            Set.of("unknown", "expired", "overflow", "not-yours");

    static Request open() {
        return new Request(OPEN, ExtensionMethods.OPEN, JsonNodeFactory.instance.objectNode());
    }

    Request resume(long received) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("token", token).put("epoch", epoch).put("received", received);
        return new Request(RESUME, ExtensionMethods.RESUME, params);
    }

    static Notification ack(long received) {
        return new Notification(
                ExtensionMethods.ACK,
                JsonNodeFactory.instance.objectNode().put("received", received));
    }

    /**
     * Reads a grant from the result of {@code springline/open} or {@code springline/resume}.
     *
     * @throws IOException if a member is missing or has the wrong type
     */
    static ResumeGrant of(JsonNode result) throws IOException {
        JsonNode token = result.path("token");
        JsonNode epoch = result.path("epoch");
        JsonNode buffered = result.path("maxBufferedBytes");
        if (!token.isString() || !epoch.isString() || !buffered.isIntegralNumber()) {
            throw new IOException("the server's result lacks token, epoch or maxBufferedBytes");
        }
        return new ResumeGrant(token.stringValue(), epoch.stringValue(), buffered.longValue());
    }

    /**
     * Returns the number of the last message that the server has sent on earlier connections, from
     * the result of {@code springline/resume}.
     *
     * @throws IOException if the result does not contain it
     */
    static long sent(JsonNode result) throws IOException {
        JsonNode sent = result.path("sent");
        if (!sent.isIntegralNumber()) {
            throw new IOException("the server's result of springline/resume lacks the member sent");
        }
        return sent.longValue();
    }

    /** Returns the reason in an error response to {@code springline/resume}. */
    static String reason(JsonRpcError error) {
        JsonNode data = error.data();
        String reason = data == null ? "" : data.path("reason").asString("");
        return REASONS.contains(reason) ? reason : "unknown";
    }

    /** Returns true if a draining server responds that it has not run the request. */
    static boolean isNotRun(Response response) {
        return response instanceof ErrorResponse(var ignored, var error)
                && error.data() != null
                && error.data().path("reason").asString("").equals("draining")
                && error.data().path("outcome").asString("").equals("not-run");
    }

    @Override
    public String toString() {
        return "ResumeGrant[epoch=%s]".formatted(epoch);
    }
}
