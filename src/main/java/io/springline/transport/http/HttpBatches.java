package io.springline.transport.http;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.Decoded.Batch;
import io.springline.jsonrpc.codec.Decoded.Message;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.McpSession;
import io.springline.transport.http.request.ModernHeaders;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules for JSON-RPC batches over HTTP, which only revision 2025-03-26 allows. */
final class HttpBatches {

    private HttpBatches() {}

    /** Returns the error for the whole batch, or null if its elements can be served. */
    static @Nullable JsonRpcError refusal(McpSession session, Batch batch) {
        LegacyClient client = session.legacy().client();
        if (client == null || client.version() != ProtocolVersion.V2025_03_26) {
            return ErrorCode.INVALID_REQUEST.error(
                    "Invalid Request: batches are supported only in a session of revision "
                            + ProtocolVersion.V2025_03_26.wireName());
        }
        if (batch.elements().isEmpty()) {
            return ErrorCode.INVALID_REQUEST.error("Invalid Request: the batch is empty");
        }
        return batch.elements().stream().anyMatch(HttpBatches::isModern)
                ? ErrorCode.INVALID_REQUEST.error(
                        "Invalid Request: revision %s does not support batches"
                                .formatted(ProtocolVersion.MODERN.wireName()))
                : null;
    }

    private static boolean isModern(Decoded.Single element) {
        return element instanceof Message(Request request)
                && ModernHeaders.meta(request).has(MetaKeys.PROTOCOL_VERSION);
    }

    /** Returns the answers as one JSON array. */
    static byte[] array(List<byte[]> answers) {
        var array = new ByteArrayOutputStream();
        array.write('[');
        for (byte[] each : answers) {
            if (array.size() > 1) {
                array.write(',');
            }
            array.writeBytes(each);
        }
        array.write(']');
        return array.toByteArray();
    }
}
