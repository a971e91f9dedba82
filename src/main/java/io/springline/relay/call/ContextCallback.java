package io.springline.relay.call;

import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.result.InputRequest;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.LogLevel;
import io.springline.relay.client.ClientCallback;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Forwards the messages of an upstream to the client whose request it is working on. */
record ContextCallback(RequestContext context) implements ClientCallback {

    @Override
    public void progress(ObjectNode params) {
        Double progress = number(params, "progress");
        context.progress(
                progress == null ? 0 : progress, number(params, "total"), text(params, "message"));
    }

    /** Returns null for what is no finite number, such as {@code 1e400}. */
    private static @Nullable Double number(ObjectNode params, String member) {
        double number = params.path(member).asDouble(Double.NaN);
        return Double.isFinite(number) ? number : null;
    }

    @Override
    public void log(ObjectNode params) {
        LogLevel level = LogLevel.of(params.path("level").asString("")).orElse(LogLevel.INFO);
        context.log(level, text(params, "logger"), params.path("data"));
    }

    @Override
    public ObjectNode ask(String method, ObjectNode params) throws InterruptedException {
        InputRequest.Kind kind =
                InputRequest.Kind.of(method)
                        .orElseThrow(() ->
                                ErrorCode.METHOD_NOT_FOUND.exception(
                                        "Method not found: " + method));
        var request = new InputRequest(kind, params);
        if (!request.isSupportedBy(context.capabilities())) {
            throw ErrorCode.METHOD_NOT_FOUND.exception("The client does not support " + method);
        }
        try {
            return context.ask(request);
        } catch (InputRefusedException e) {
            throw ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String text(ObjectNode params, String member) {
        return params.path(member).isString() ? params.path(member).stringValue() : null;
    }
}
