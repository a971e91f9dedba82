package io.springline.dispatch;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Ignored;
import io.springline.jsonrpc.codec.Decoded.Malformed;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.jsonrpc.codec.Decoded.UnusableAnswer;
import io.springline.mcp.McpMethod;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.Operational;
import io.springline.session.McpSession;
import org.jspecify.annotations.Nullable;

/**
 * The rules for JSON-RPC batches, which only revision 2025-03-26 allows.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2025-03-26/basic">2025-03-26,
 *     Batching</a>
 */
final class Batches {

    private Batches() {}

    /** Returns the error for the whole batch, or null if its elements can be served one by one. */
    static @Nullable JsonRpcException refusal(McpSession session, Batch batch) {
        if (!(session.legacy() instanceof Operational(var client))
                || client.version() != ProtocolVersion.V2025_03_26) {
            return ErrorCode.INVALID_REQUEST.exception(
                    "Invalid Request: batches are supported only in a session of revision "
                            + ProtocolVersion.V2025_03_26.wireName());
        }
        if (batch.elements().isEmpty()) {
            return ErrorCode.INVALID_REQUEST.exception("Invalid Request: the batch is empty");
        }
        if (batch.elements().stream().anyMatch(Batches::isModern)) {
            return ErrorCode.INVALID_REQUEST.exception(
                    "Invalid Request: revision %s does not support batches"
                            .formatted(ProtocolVersion.MODERN.wireName()));
        }
        return null;
    }

    /**
     * Returns the number of elements that get an answer, or that end without one if they are
     * cancelled.
     */
    static int answersDue(Batch batch) {
        return (int)
                batch.elements().stream()
                        .filter(element ->
                                switch (element) {
                                    case Message(var message) -> message instanceof Request;
                                    case Malformed _ -> true;
                                    case UnusableAnswer _, Ignored _ -> false;
                                })
                        .count();
    }

    static boolean isInitialize(Request request) {
        return request.method().equals(McpMethod.INITIALIZE.wireName());
    }

    static ErrorResponse noInitialize(Request request) {
        return new ErrorResponse(
                request.id(),
                ErrorCode.INVALID_REQUEST.error(
                        "Invalid Request: initialize must not be part of a batch"));
    }

    private static boolean isModern(Decoded.Single element) {
        return element instanceof Message(Request request)
                && request.params() != null
                && request.params().path(MetaKeys.META).has(MetaKeys.PROTOCOL_VERSION);
    }
}
