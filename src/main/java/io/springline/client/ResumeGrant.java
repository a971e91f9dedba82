package io.springline.client;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.io.IOException;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the client needs to find its session again, and the messages of the extension.
 *
 * @param token a credential
 * @param maxBufferedBytes how much the server keeps unacknowledged
 */
record ResumeGrant(String token, String epoch, long maxBufferedBytes) {

    static final RequestId OPEN = new RequestId.Text("springline-open");
    static final RequestId RESUME = new RequestId.Text("springline-resume");
    static final String DRAIN = "springline/drain";

    private static final Set<String> REASONS =
            Set.of("unknown", "expired", "overflow", "not-yours");

    static Request open() {
        return new Request(OPEN, "springline/open", JsonNodeFactory.instance.objectNode());
    }

    Request resume(long received) {
        ObjectNode params = JsonNodeFactory.instance.objectNode();
        params.put("token", token).put("epoch", epoch).put("received", received);
        return new Request(RESUME, "springline/resume", params);
    }

    static Notification ack(long received) {
        return new Notification(
                "springline/ack", JsonNodeFactory.instance.objectNode().put("received", received));
    }

    /**
     * @param result of {@code springline/open} or {@code springline/resume}
     * @throws IOException when it is of another form
     */
    static ResumeGrant of(JsonNode result) throws IOException {
        JsonNode token = result.path("token");
        JsonNode epoch = result.path("epoch");
        JsonNode buffered = result.path("maxBufferedBytes");
        if (!token.isString() || !epoch.isString() || !buffered.isIntegralNumber()) {
            throw new IOException(
                    "the server's answer lacks token, epoch or maxBufferedBytes of springline/open");
        }
        return new ResumeGrant(token.stringValue(), epoch.stringValue(), buffered.longValue());
    }

    /**
     * The last message that was sent before, according to the result of a resume.
     *
     * @throws IOException when it says nothing of the kind
     */
    static long sent(JsonNode result) throws IOException {
        JsonNode sent = result.path("sent");
        if (!sent.isIntegralNumber()) {
            throw new IOException("the server's answer lacks sent of springline/resume");
        }
        return sent.longValue();
    }

    /** Why a session is lost, according to the answer to a resume. */
    static String reason(JsonRpcError error) {
        JsonNode data = error.data();
        String reason = data == null ? "" : data.path("reason").asString("");
        return REASONS.contains(reason) ? reason : "unknown";
    }

    /** Whether a server that is stopping has left the request to another one. */
    static boolean isNotRun(Response response) {
        return response instanceof ErrorResponse(_, var error)
                && error.data() != null
                && error.data().path("reason").asString("").equals("draining")
                && error.data().path("outcome").asString("").equals("not-run");
    }

    @Override
    public String toString() {
        return "Ticket[epoch=%s]".formatted(epoch);
    }
}
