package io.springline.toolcall;

import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.feature.ToolHandler;
import io.springline.feature.ToolOutcome;
import io.springline.feature.endpoint.ToolCallInterceptor;
import io.springline.session.limit.ProcessorShare;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * What happens around every tool call:
 *
 * <pre>
 * filters: before ─▶ tool ─▶ filters, in reverse order: after
 * </pre>
 */
final class GuardedToolCalls implements ToolCallInterceptor {

    private final Supplier<List<ToolCallFilter>> filters;

    GuardedToolCalls(Supplier<List<ToolCallFilter>> filters) {
        this.filters = filters;
    }

    @Override
    public ToolOutcome call(
            ToolCall call, ObjectNode arguments, ProcessorShare share, ToolHandler tool)
            throws Exception {
        List<ToolCallFilter> all = filters.get();
        return all.isEmpty()
                ? tool.call(call.context(), arguments)
                : new FilterChain(all, call, share)
                        .run(arguments, changed -> tool.call(call.context(), changed));
    }
}
