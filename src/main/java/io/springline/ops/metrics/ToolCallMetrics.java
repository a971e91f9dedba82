package io.springline.ops.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.springline.toolcall.approval.ApprovalOutcome;
import io.springline.toolcall.approval.Approvals;
import io.springline.toolcall.limit.CallLimits;
import java.util.function.ToDoubleFunction;

/** The meters of limits and approvals of tool calls. */
public final class ToolCallMetrics implements MeterBinder {

    private final Approvals approvals;
    private final CallLimits limits;

    public ToolCallMetrics(Approvals approvals, CallLimits limits) {
        this.approvals = approvals;
        this.limits = limits;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (ApprovalOutcome outcome : ApprovalOutcome.values()) {
            FunctionCounter.builder("springline.approvals", approvals, all -> all.total(outcome))
                    .description("Approvals of tool calls, by outcome")
                    .tag("outcome", outcome.label())
                    .register(registry);
        }
        refused("rate", CallLimits::refusedByRate, registry);
        refused("concurrent", CallLimits::refusedByConcurrency, registry);
    }

    private void refused(String limit, ToDoubleFunction<CallLimits> total, MeterRegistry registry) {
        FunctionCounter.builder("springline.calls.limited", limits, total)
                .description("Tool calls that were refused by springline.call-limits")
                .tag("limit", limit)
                .register(registry);
    }
}
