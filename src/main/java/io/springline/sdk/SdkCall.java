package io.springline.sdk;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpError;
import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.JsonRpcException;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.AccessDeniedException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Runs an SDK handler and maps its failure.
 *
 * <p>Both libraries wrap the exceptions of a handler, and Spring AI drops the cause for prompts and
 * resources. If a failed request to the client is not among the causes, it is recognized by its
 * message.
 */
final class SdkCall {

    /**
     * Messages with which the libraries refuse a request that the client does not support, before
     * they send it.
     */
    private static final Map<String, InputRequest> REFUSALS =
            Map.of(
                    "Roots not supported by the client", InputRequest.roots(),
                    "Sampling not supported by the client", sampling(),
                    "Client must be configured with sampling", sampling(),
                    "Elicitation not supported by the client", elicitation("form"),
                    "Client must be configured with elicitation", elicitation("form"),
                    "Client must be configured with form elicitation", elicitation("form"),
                    "Client must be configured with URL elicitation", elicitation("url"));

    /** The message of Spring Security for a denied method call. */
    private static final String DENIED = "Access Denied";

    private SdkCall() {}

    /**
     * Runs a handler.
     *
     * @throws JsonRpcException if the client answered a request with an error, or the handler threw
     *     an {@link McpError}
     * @throws InputRefusedException if the client refused a request
     * @throws InterruptedException if the request was cancelled
     * @throws AccessDeniedException if Spring Security denied the call
     * @throws RuntimeException for any other failure, unwrapped for Spring AI's tools
     */
    static <Q, R> R run(
            ErrorOrigin origin,
            RequestContext context,
            BiFunction<McpSyncServerExchange, Q, R> handler,
            Q request)
            throws Exception {
        var session = new RequestSession(context);
        try {
            return Objects.requireNonNull(
                    handler.apply(exchange(context, session), request), "no result");
        } catch (RuntimeException thrown) {
            throw failure(origin, context, session, thrown);
        }
    }

    private static McpSyncServerExchange exchange(RequestContext context, RequestSession session) {
        return new McpSyncServerExchange(
                new McpAsyncServerExchange(
                        context.sessionId(),
                        session,
                        SdkJson.capabilities(context.capabilities()),
                        SdkJson.implementation(context.clientInfo()),
                        McpTransportContext.create(
                                Map.of(TransportKeys.CALLER, context.caller()))));
    }

    private static Exception failure(
            ErrorOrigin origin,
            RequestContext context,
            RequestSession session,
            RuntimeException thrown)
            throws InterruptedException {
        String words = rootMessage(thrown);
        Exception refusal = refusal(session, thrown, words);
        if (refusal instanceof InterruptedException) {
            Thread.interrupted(); // the exception replaces the flag
            return refusal;
        }
        if (refusal != null) {
            return refusal;
        }
        if (thrown instanceof McpError && DENIED.equals(words)) {
            return new AccessDeniedException(DENIED);
        }
        throwIfUnsupported(context, words);
        if (origin.annotated()) {
            return withoutWrapping(thrown);
        }
        return thrown instanceof McpError error && error.getJsonRpcError() != null
                ? protocolError(error)
                : thrown;
    }

    private static @Nullable Exception refusal(
            RequestSession session, RuntimeException thrown, @Nullable String words) {
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            if (each instanceof InterruptedException
                    || each instanceof JsonRpcException
                    || each instanceof AccessDeniedException
                    || each instanceof InputRefusedException) {
                return (Exception) each;
            }
        }
        Exception last = session.refusal();
        return last != null
                        && thrown instanceof McpError
                        && Objects.equals(words, last.getMessage())
                ? last
                : null;
    }

    /**
     * Returns the message of the root cause, which Spring AI keeps as the data of its own error.
     */
    private static @Nullable String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof McpError error && error.getJsonRpcError() != null) {
            return error.getJsonRpcError().data() instanceof String data ? data : null;
        }
        return root.getMessage();
    }

    /**
     * Throws if the message means that the client does not support a request.
     *
     * @throws JsonRpcException with a modern client
     * @throws InputRefusedException with a legacy client
     */
    private static void throwIfUnsupported(RequestContext context, @Nullable String words)
            throws InterruptedException {
        for (Map.Entry<String, InputRequest> each : REFUSALS.entrySet()) {
            if (words != null
                    && words.startsWith(each.getKey())
                    && !each.getValue().isSupportedBy(context.capabilities())) {
                context.ask(each.getValue());
            }
        }
    }

    private static Exception withoutWrapping(RuntimeException thrown) {
        return thrown.getClass() == RuntimeException.class
                        && thrown.getCause() instanceof Exception cause
                ? cause
                : thrown;
    }

    private static JsonRpcException protocolError(McpError error) {
        var sent = error.getJsonRpcError();
        JsonNode data = sent.data() == null ? null : SdkJson.tree(sent.data());
        String message = sent.message() == null ? "Error" : sent.message();
        return new JsonRpcException(new JsonRpcError(sent.code(), message, data));
    }

    private static InputRequest sampling() {
        return InputRequest.sampling(JsonNodeFactory.instance.objectNode());
    }

    private static InputRequest elicitation(String mode) {
        return new InputRequest(
                InputRequest.Kind.ELICITATION,
                JsonNodeFactory.instance.objectNode().put("mode", mode));
    }
}
