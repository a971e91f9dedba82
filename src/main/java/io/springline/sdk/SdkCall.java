package io.springline.sdk;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpError;
import io.springline.feature.InputRefusedException;
import io.springline.feature.InputRequest;
import io.springline.feature.RequestContext;
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
 * Runs a handler of the SDK and finds out what its failure is about. Both libraries wrap what a
 * handler throws, and Spring AI drops the cause for prompts and resources; so a question to the
 * client that failed is known by its message when it is not among the causes.
 */
final class SdkCall {

    /** By which words the libraries refuse, before asking, what the client cannot do. */
    private static final Map<String, InputRequest> REFUSALS =
            Map.of(
                    "Roots not supported by the client", InputRequest.roots(),
                    "Sampling not supported by the client", sampling(),
                    "Client must be configured with sampling", sampling(),
                    "Elicitation not supported by the client", elicitation("form"),
                    "Client must be configured with elicitation", elicitation("form"),
                    "Client must be configured with form elicitation", elicitation("form"),
                    "Client must be configured with URL elicitation", elicitation("url"));

    /** In these words Spring Security denies the call of a method. */
    private static final String DENIED = "Access Denied";

    private SdkCall() {}

    /**
     * @throws JsonRpcException what the client answered to a question, or the protocol error that
     *     the author threw as an {@link McpError}
     * @throws InputRefusedException as the question did
     * @throws InterruptedException when the request was cancelled
     * @throws AccessDeniedException when Spring Security denied it
     * @throws RuntimeException anything else, without the wrapping of Spring AI's tools
     */
    static <Q, R> R run(
            Author author,
            RequestContext context,
            BiFunction<McpSyncServerExchange, Q, R> handler,
            Q request)
            throws Exception {
        var session = new RequestSession(context);
        try {
            return Objects.requireNonNull(
                    handler.apply(exchange(context, session), request), "no result");
        } catch (RuntimeException thrown) {
            throw failure(author, context, session, thrown);
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
            Author author, RequestContext context, RequestSession session, RuntimeException thrown)
            throws InterruptedException {
        String words = rootMessage(thrown);
        Exception refusal = refusal(session, thrown, words);
        if (refusal instanceof InterruptedException) {
            Thread.interrupted(); // the exception stands for the flag again
            return refusal;
        }
        if (refusal != null) {
            return refusal;
        }
        if (thrown instanceof McpError && DENIED.equals(words)) {
            return new AccessDeniedException(DENIED);
        }
        refuseInTermsOfTheEra(context, words);
        if (author.annotated()) {
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

    /** Of the innermost cause, which Spring AI keeps as the data of its own error. */
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
     * @throws JsonRpcException in the modern era, and in the legacy era {@link
     *     InputRefusedException}, when {@code words} say that the client cannot do what was asked
     */
    private static void refuseInTermsOfTheEra(RequestContext context, @Nullable String words)
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
