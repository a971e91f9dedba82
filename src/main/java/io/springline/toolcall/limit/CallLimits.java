package io.springline.toolcall.limit;

import io.springline.feature.RequestContext;
import io.springline.feature.ToolCall;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.ToolOutcome;
import io.springline.jsonrpc.DurationText;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.toolcall.limit.CallLimitProperties.Rule;
import io.springline.toolcall.limit.CallLimitStore.Counter;
import io.springline.toolcall.limit.CallLimitStore.Slots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses tool calls beyond the configured limits. No call waits for another.
 *
 * <p>A count belongs to what its rule matches, not to the rule's position or maximum. So it stays
 * if other rules are added or removed, or the maximum changes.
 */
public final class CallLimits {

    /** When to try again if too many calls run: nobody knows when one of them ends. */
    private static final Duration SOON = Duration.ofSeconds(1);

    /**
     * @param rateKey name of the rule's counts of rates; empty if it has no rate
     * @param slotsKey name of the rule's counts of running calls; empty if it has none
     */
    private record Counted(Rule rule, String rateKey, String slotsKey) {}

    private final CallLimitStore store;
    private volatile List<Rule> rules = List.of();
    private volatile List<Counted> counted = List.of();
    private final LongAdder overRate = new LongAdder();
    private final LongAdder overConcurrent = new LongAdder();

    CallLimits(CallLimitProperties properties, CallLimitStore store) {
        this.store = store;
        replace(properties.rules());
    }

    /** Applies these rules in addition to the current ones. Call {@link #replace}. */
    void narrow(List<Rule> coming) {
        counted = counted(Stream.concat(rules.stream(), coming.stream()).distinct().toList());
    }

    /** Replaces all rules. Calls that run now still count where they were counted. */
    void replace(List<Rule> changed) {
        rules = changed;
        counted = counted(changed);
    }

    private static List<Counted> counted(List<Rule> rules) {
        var used = new HashMap<String, Integer>();
        return rules.stream()
                .map(rule -> {
                    CallRate rate = rule.rate();
                    return new Counted(
                            rule,
                            rate == null ? "" : numbered(rule.scope() + "/" + rate.period(), used),
                            rule.concurrent() == null ? "" : numbered(rule.scope(), used));
                })
                .toList();
    }

    /** Rules that match the same calls are counted separately. */
    private static String numbered(String name, Map<String, Integer> used) {
        return name + "#" + (used.merge(name, 1, Integer::sum) - 1);
    }

    /** Returns true if there are no limits. */
    public boolean isUnused() {
        return counted.isEmpty();
    }

    /** Returns the number of calls that were refused because of a rate. */
    public long refusedByRate() {
        return overRate.sum();
    }

    /** Returns the number of calls that were refused because too many were running. */
    public long refusedByConcurrency() {
        return overConcurrent.sum();
    }

    /**
     * Counts a call.
     *
     * @param client the name by which the client is counted
     * @throws JsonRpcException if a rate is exceeded
     */
    public void count(ToolCall call, String client) throws InterruptedException {
        var counters = new ArrayList<Counter>(0);
        for (Counted each : counted) {
            Rule rule = each.rule();
            if (rule.rate() != null && rule.matches(call.tool(), call.endpoint())) {
                counters.add(
                        new Counter(
                                each.rateKey() + rule.key(call.tool(), call.endpoint(), client),
                                rule.rate()));
            }
        }
        if (counters.isEmpty()) {
            return;
        }
        Duration wait = store.take(counters);
        if (!wait.isZero()) {
            overRate.increment();
            throw refused(
                    "Too many calls of tool '%s' (rate in springline.call-limits)", call, wait);
        }
    }

    /**
     * Calls the tool.
     *
     * @param client the name by which the client is counted
     * @throws JsonRpcException if too many calls are running
     */
    public ToolOutcome call(
            ToolCall call,
            RequestContext context,
            ObjectNode arguments,
            String client,
            ToolHandler tool)
            throws Exception {
        var slots = new ArrayList<Slots>(0);
        for (Counted each : counted) {
            Rule rule = each.rule();
            if (rule.concurrent() != null && rule.matches(call.tool(), call.endpoint())) {
                slots.add(
                        new Slots(
                                each.slotsKey() + rule.key(call.tool(), call.endpoint(), client),
                                rule.concurrent()));
            }
        }
        if (slots.isEmpty()) {
            return tool.call(context, arguments);
        }
        Runnable release = store.hold(slots);
        if (release == null) {
            overConcurrent.increment();
            throw refused(
                    "Too many calls of tool '%s' are running (concurrent in springline.call-limits)",
                    call, SOON);
        }
        try {
            return PendingOutcome.await(tool.call(context, arguments));
        } finally {
            release.run();
        }
    }

    private static JsonRpcException refused(String message, ToolCall call, Duration wait) {
        long millis = wait.plusNanos(999_999).toMillis();
        ObjectNode data = JsonNodeFactory.instance.objectNode().put("retryAfterMs", millis);
        return ErrorCode.INTERNAL_ERROR.exception(
                message.formatted(call.name()) + ". Try again in " + DurationText.ofMillis(millis),
                data);
    }
}
