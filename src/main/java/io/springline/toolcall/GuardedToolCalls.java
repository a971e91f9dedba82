package io.springline.toolcall;

import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallFilter;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.ToolCallInterceptor;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.session.limit.ProcessorShare;
import io.springline.toolcall.approval.Approvals;
import io.springline.toolcall.limit.CallLimits;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * What happens around every tool call:
 *
 * <pre>
 * rates ─▶ filters: before ─▶ approval ─▶ prepare ─▶ concurrent calls ─▶ tool ─▶ filters, in reverse order: after
 * </pre>
 */
final class GuardedToolCalls implements ToolCallInterceptor {

    private final Supplier<List<ToolCallFilter>> filters;
    private final Approvals approvals;
    private final CallLimits limits;

    GuardedToolCalls(
            Supplier<List<ToolCallFilter>> filters, Approvals approvals, CallLimits limits) {
        this.filters = filters;
        this.approvals = approvals;
        this.limits = limits;
    }

    @Override
    public ToolOutcome call(
            ToolCall call, ObjectNode arguments, ProcessorShare share, ToolHandler tool)
            throws Exception {
        String client = share.client();
        if (!approvals.continues(call)) {
            limits.count(call, client);
        }
        ToolHandler limited =
                (context, given) -> {
                    ToolOutcome early = call.tool().handler().prepare(context);
                    return early != null ? early : limits.call(call, context, given, client, tool);
                };
        List<ToolCallFilter> all = filters.get();
        FilterChain.Filtered approved = changed -> approvals.call(call, changed, client, limited);
        return all.isEmpty()
                ? approved.call(arguments)
                : new FilterChain(all, call, share).run(arguments, approved);
    }

    /** Filters, approvals and counters of other nodes may block. */
    @Override
    public boolean isNonBlocking() {
        return filters.get().isEmpty() && approvals.isUnused() && limits.isUnused();
    }

    @Override
    public ToolOutcome outcome(ToolCall call, ProcessorShare share, Callable<ToolResult> outcome)
            throws Exception {
        return new FilterChain(filters.get(), call, share).outcome(outcome);
    }
}
