package io.springline.relay.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class QuickResponseTest {

    private static final RequestId ID = new RequestId.Number(1);
    private static final String LONG = "x".repeat(QuickResponse.MAX_SIZE);

    private static boolean isQuick(JsonNode result) {
        return QuickResponse.isQuick(new ResultResponse(ID, result));
    }

    private static boolean isQuick(String message, JsonNode data) {
        return QuickResponse.isQuick(
                new ErrorResponse(ID, new JsonRpcError(-32603, message, data)));
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ObjectNode text(String text) {
        ObjectNode result = object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    @Test
    void passesOnSmallResultsAndErrors() {
        assertThat(isQuick(text("x".repeat(QuickResponse.MAX_SIZE / 2)))).isTrue();
        assertThat(isQuick("failed", object().put("reason", "x"))).isTrue();
    }

    @Test
    void leavesLargeResponsesToAnotherThread() {
        assertThat(isQuick(text(LONG))).isFalse();
        assertThat(isQuick(object().put(LONG, 1))).isFalse();
        ObjectNode many = object();
        for (int i = 0; i < QuickResponse.MAX_SIZE; i++) {
            many.withArray("content").add(i);
        }
        assertThat(isQuick(many)).isFalse();
        assertThat(isQuick("x" + LONG, object())).isFalse();
        assertThat(isQuick("failed", text(LONG))).isFalse();
    }

    @Test
    void leavesResponsesThatContinueTheCallToAnotherThread() {
        assertThat(isQuick(object().put("resultType", "input_required"))).isFalse();
        assertThat(isQuick(object().put("resultType", "task").put("taskId", "1"))).isFalse();
        assertThat(QuickResponse.isQuick(null)).isFalse();
    }
}
