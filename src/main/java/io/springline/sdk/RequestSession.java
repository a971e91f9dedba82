package io.springline.sdk;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpLoggableSession;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.LogLevel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The SDK's session for one request: requests and notifications to the client.
 *
 * <p>All work runs on the thread that subscribes, which is the handler's own: the SDK blocks on the
 * returned publishers.
 */
final class RequestSession implements McpLoggableSession {

    private static final Logger log = LoggerFactory.getLogger(RequestSession.class);

    private final RequestContext context;
    private volatile @Nullable Exception refusal;

    RequestSession(RequestContext context) {
        this.context = context;
    }

    /**
     * Returns why the last failed request to the client failed: an {@link InterruptedException}, a
     * {@link JsonRpcException} or an {@link InputRefusedException}. Returns null if none failed.
     */
    @Nullable Exception refusal() {
        return refusal;
    }

    @Override
    public <T> Mono<T> sendRequest(String method, Object params, TypeRef<T> type) {
        return Mono.fromCallable(() -> request(method, params, type));
    }

    private <T> T request(String method, @Nullable Object params, TypeRef<T> type)
            throws InterruptedException {
        if (method.equals(McpSchema.METHOD_PING)) {
            // the connection has its own keep-alive, and modern revisions have no ping
            return SdkJson.read(JsonNodeFactory.instance.objectNode(), type);
        }
        var kind =
                InputRequest.Kind.of(method)
                        .orElseThrow(
                                () -> new UnsupportedOperationException("No request: " + method));
        ObjectNode json =
                params == null ? JsonNodeFactory.instance.objectNode() : SdkJson.object(params);
        try {
            return answer(method, context.ask(new InputRequest(kind, json)), type);
        } catch (JsonRpcException | InputRefusedException e) {
            refusal = e;
            throw e;
        } catch (InterruptedException e) {
            // the handler gets an unchecked exception instead, and may check the flag
            Thread.currentThread().interrupt();
            refusal = e;
            throw e;
        }
    }

    private static <T> T answer(String method, ObjectNode answer, TypeRef<T> type) {
        try {
            return SdkJson.read(answer, type);
        } catch (RuntimeException e) {
            log.atDebug()
                    .addKeyValue("method", method)
                    .setCause(e)
                    .log("invalid result of the client");
            throw new InputRefusedException(
                    "The client's answer to %s cannot be read".formatted(method));
        }
    }

    @Override
    public Mono<Void> sendNotification(String method, Object params) {
        return Mono.fromRunnable(() -> notification(method, params));
    }

    /**
     * Sends a progress or log notification. Other notifications are ignored: list changes are
     * announced by the code that makes them.
     */
    private void notification(String method, @Nullable Object params) {
        switch (params) {
            case ProgressNotification progress ->
                    context.progress(progress.progress(), progress.total(), progress.message());
            case LoggingMessageNotification message ->
                    context.log(
                            LogLevel.valueOf(message.level().name()),
                            message.logger(),
                            SdkJson.tree(message.data()));
            case null, default -> log.debug("Notification ignored: {}", method);
        }
    }

    /** Does nothing: the request has the log level of its client. */
    @Override
    public void setMinLoggingLevel(McpSchema.LoggingLevel level) {}

    /** Returns true: the request drops messages below the log level of its client. */
    @Override
    public boolean isNotificationForLevelAllowed(McpSchema.LoggingLevel level) {
        return true;
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.empty();
    }

    /** Does nothing: a handler cannot close the connection of its client. */
    @Override
    public void close() {}
}
