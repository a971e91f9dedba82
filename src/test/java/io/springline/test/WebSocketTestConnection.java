package io.springline.test;

import io.springline.client.McpWebSocketClient;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

final class WebSocketTestConnection implements TestConnection {

    private final McpWebSocketClient client;

    WebSocketTestConnection(URI uri, String token) {
        client =
                McpWebSocketClient.builder(uri)
                        .token(() -> token.isEmpty() ? null : token)
                        .connectTimeout(Duration.ofSeconds(McpTestClient.TIMEOUT_SECONDS))
                        .build();
        try {
            client.connect();
        } catch (IOException e) {
            throw new IllegalStateException(uri + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw McpTestClient.interrupted(e);
        }
    }

    @Override
    public JsonNode request(String method, ObjectNode params) {
        var response = client.request(method, params);
        try {
            return switch (response.get(McpTestClient.TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                case ResultResponse(var id, var result) -> result;
                case ErrorResponse(var id, var error) ->
                        throw new McpErrorException(error.code(), error.message());
            };
        } catch (TimeoutException e) {
            response.cancel(false);
            throw McpTestClient.noResponse(method, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(method, e);
        } catch (InterruptedException e) {
            throw McpTestClient.interrupted(e);
        }
    }

    @Override
    public void notify(String method) {
        client.notify(method, null);
    }

    @Override
    public void close() {
        client.close();
    }
}
