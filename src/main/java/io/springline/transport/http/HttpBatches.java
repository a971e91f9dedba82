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
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON arrays of messages, which only 2025-03-26 has. */
final class HttpBatches {

    private HttpBatches() {}

    /** Returns the reason to refuse a whole batch, or null. */
    static @Nullable JsonRpcError refusal(McpSession session, Batch batch) {
        LegacyClient client = session.legacy().client();
        if (client == null || client.version() != ProtocolVersion.V2025_03_26) {
            return ErrorCode.INVALID_REQUEST.error(
                    "Invalid Request: batching is not supported, except by a session of "
                            + ProtocolVersion.V2025_03_26.wireName());
        }
        if (batch.elements().isEmpty()) {
            return ErrorCode.INVALID_REQUEST.error("Invalid Request: the batch is empty");
        }
        return batch.elements().stream().anyMatch(HttpBatches::claimsModernEra)
                ? ErrorCode.INVALID_REQUEST.error(
                        "Invalid Request: %s has no batches"
                                .formatted(ProtocolVersion.MODERN.wireName()))
                : null;
    }

    private static boolean claimsModernEra(Decoded.Single element) {
        return element instanceof Message(Request request)
                && ModernHeaders.meta(request).has(MetaKeys.PROTOCOL_VERSION);
    }

    /** Returns the JSON array of these answers. */
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
