package io.springline.dispatch;

import io.springline.feature.InputRefusedException;
import io.springline.feature.task.TaskStore;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.McpMethod;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;

/**
 * Maps a handler's exception to the JSON-RPC error that the client gets. An unexpected exception is
 * logged with a random reference; the client gets only the reference.
 */
final class ErrorMapper {

    private static final Logger log = LoggerFactory.getLogger(ErrorMapper.class);

    private ErrorMapper() {}

    static JsonRpcError map(McpMethod method, Throwable thrown) {
        return switch (thrown) {
            case JsonRpcException e -> e.error();
            case InputRefusedException e ->
                    new JsonRpcError(ErrorCode.INTERNAL_ERROR.code(), message(e), null);
            case TaskStore.UnavailableException e -> ErrorCode.INTERNAL_ERROR.error(message(e));
            case AccessDeniedException _ -> AuthorizationGuard.insufficient(Set.of()).error();
            default -> internal(method, thrown);
        };
    }

    private static String message(TaskStore.UnavailableException e) {
        log.atDebug().setCause(e).log("the store of tasks cannot be reached");
        return "The store of tasks cannot be reached. Send the request again later";
    }

    private static String message(InputRefusedException e) {
        return e.getMessage() == null ? "The client gave no input" : e.getMessage();
    }

    private static JsonRpcError internal(McpMethod method, Throwable thrown) {
        String reference = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        log.atError()
                .addKeyValue("reference", reference)
                .addKeyValue("method", method.wireName())
                .setCause(thrown)
                .log("A request failed. Its client got the reference");
        return ErrorCode.INTERNAL_ERROR.error(
                "Internal error; the log of the server has the cause (reference %s)"
                        .formatted(reference));
    }
}
