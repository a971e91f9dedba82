package io.springline.feature;

import io.springline.feature.result.ToolOutcome;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A handler whose author declares that it does not block. */
record NonBlockingToolHandler(ToolHandler handler) implements ToolHandler {

    @Override
    public ToolOutcome call(RequestContext context, ObjectNode arguments) throws Exception {
        return handler.call(context, arguments);
    }

    @Override
    public @Nullable ToolOutcome prepare(RequestContext context) throws Exception {
        return handler.prepare(context);
    }

    @Override
    public boolean isNonBlocking(RequestContext context) {
        return true;
    }
}
