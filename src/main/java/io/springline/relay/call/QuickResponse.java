package io.springline.relay.call;

import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Decides whether the thread that has read a response of an upstream also passes it on. Meanwhile
 * that thread reads no other response of the upstream.
 */
final class QuickResponse {

    /** The largest response that the reading thread encodes and compresses, in characters. */
    static final int MAX_SIZE = 16 * 1024;

    /** The size of a number or a bracket; texts are measured. */
    private static final int VALUE = 8;

    private QuickResponse() {}

    /** Returns true if the response is small and ends its call: nothing is asked because of it. */
    static boolean isQuick(@Nullable Response response) {
        return switch (response) {
            case ResultResponse(_, var result) ->
                    !UpstreamTask.isTask(result) && !asks(result) && isSmall(result);
            case ErrorResponse(_, var error) ->
                    error.code() != UrlElicitation.REQUIRED
                            && error.message().length() <= MAX_SIZE
                            && (error.data() == null || isSmall(error.data()));
            case null -> false;
        };
    }

    /** Returns true if the result asks the client for input. */
    static boolean asks(JsonNode result) {
        return result.path("resultType").asString("").equals("input_required");
    }

    private static boolean isSmall(JsonNode tree) {
        return left(MAX_SIZE, tree) >= 0;
    }

    /** Returns what the tree leaves of a number of characters. Stops if it is negative. */
    private static int left(int characters, JsonNode tree) {
        int left = characters - VALUE - (tree.isString() ? tree.stringValue().length() : 0);
        for (Map.Entry<String, JsonNode> member : tree.properties()) {
            if (left < 0) {
                return left;
            }
            left = left(left - member.getKey().length(), member.getValue());
        }
        if (tree.isArray()) {
            for (JsonNode element : tree) {
                if (left < 0) {
                    return left;
                }
                left = left(left, element);
            }
        }
        return left;
    }
}
