package io.springline.toolcall.approval;

import io.springline.audit.AuditLog;
import io.springline.feature.InputRefusedException;
import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolCall;
import io.springline.feature.ToolCallRefusedException;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.InputRequired;
import io.springline.feature.result.ToolOutcome;
import io.springline.jsonrpc.CanonicalJson;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.toolcall.approval.ApprovalProperties.Rule;
import io.springline.toolcall.approval.Approver.ApproverException;
import io.springline.toolcall.approval.Approver.Decision;
import io.springline.toolcall.approval.SingleUseTokens.UnavailableException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lets a tool run only after its call was approved, if a rule says so. An approval holds for one
 * call with exactly these arguments, for the principal that was asked, and for a limited time.
 *
 * <pre>
 * legacy   the client gets a request, and the call waits for the answer
 * modern   the request ends with input_required; its requestState holds the digest of the call and
 *          a token. The client repeats the request with the answer, at any node. The token can be
 *          taken once
 * </pre>
 *
 * If an approved tool of a modern client asks for input itself, its requestState gets a token, too.
 */
public final class Approvals {

    private static final String KEY = "approval";

    /** The members of the request that belong to one round. */
    private static final List<String> ROUND = List.of("_meta", "inputResponses", "requestState");

    private volatile List<Rule> rules;
    private volatile List<Rule> applied;
    private final @Nullable Approver approver;
    private final SingleUseTokens tokens;
    private final Duration inputTimeout;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<ApprovalOutcome, LongAdder> totals =
            Stream.of(ApprovalOutcome.values())
                    .collect(Collectors.toUnmodifiableMap(each -> each, _ -> new LongAdder()));

    /**
     * @param rules which calls need an approval. The first rule that matches a tool applies
     * @param approver decides in place of the person at the client; null if that person decides
     * @param inputTimeout the time in which a client answers the questions of a tool
     */
    Approvals(
            List<Rule> rules,
            @Nullable Approver approver,
            SingleUseTokens tokens,
            Duration inputTimeout,
            Clock clock) {
        this.rules = rules;
        this.applied = rules;
        this.approver = approver;
        this.tokens = tokens;
        this.inputTimeout = inputTimeout;
        this.clock = clock;
    }

    /**
     * Requires what these rules require, in addition to the current ones. Call {@link #replace}.
     */
    void narrow(List<Rule> coming) {
        applied = Stream.concat(coming.stream(), rules.stream()).toList();
    }

    /** Replaces all rules. */
    void replace(List<Rule> changed) {
        rules = changed;
        applied = changed;
    }

    /** Returns true if no call needs an approval. */
    public boolean isUnused() {
        return applied.isEmpty();
    }

    /** Returns the rule that applies to the tool, or null if its calls need no approval. */
    private @Nullable Rule ruleFor(Tool tool) {
        for (Rule rule : applied) {
            if (rule.matches(tool)) {
                return rule;
            }
        }
        return null;
    }

    /** Returns the number of approvals with this outcome since the start. */
    public long total(ApprovalOutcome outcome) {
        return Objects.requireNonNull(totals.get(outcome)).sum();
    }

    /** One call that needs an approval. */
    private record Guarded(
            ToolCall call,
            ObjectNode arguments,
            String client,
            String digest,
            Map<ApprovalOutcome, LongAdder> totals) {

        RequestContext context() {
            return call.context();
        }

        void record(ApprovalOutcome outcome, @Nullable String by, @Nullable String reason) {
            Objects.requireNonNull(totals.get(outcome)).increment();
            if (AuditLog.isOn()) {
                AuditLog.approval(
                        context().sessionId(),
                        context().caller().name(),
                        call.name(),
                        call.upstream(),
                        digest,
                        outcome.label(),
                        by,
                        reason);
            }
        }

        void asked() {
            record(ApprovalOutcome.ASKED, null, null);
        }

        void approved(String by) {
            record(ApprovalOutcome.APPROVED, by, null);
        }

        ToolCallRefusedException refused(String reason) {
            record(ApprovalOutcome.REFUSED, null, reason);
            return new ToolCallRefusedException(
                    "Tool '%s' needs an approval and was not called: %s"
                            .formatted(call.name(), reason));
        }

        ToolCallRefusedException declined(String by) {
            record(ApprovalOutcome.DECLINED, by, null);
            return new ToolCallRefusedException(
                    "Tool '%s' was not called: the call was not approved".formatted(call.name()));
        }
    }

    /**
     * Calls the tool, if the call needs no approval or has one. Otherwise asks for it.
     *
     * @param arguments those that the tool will get
     * @param client the name by which the client's tokens are counted
     */
    public ToolOutcome call(ToolCall call, ObjectNode arguments, String client, ToolHandler tool)
            throws Exception {
        RequestContext context = call.context();
        CallRound round = CallRound.of(context.state());
        Rule rule = ruleFor(call.tool());
        if (rule == null && round == null) {
            return tool.call(context, arguments);
        }
        var guarded = new Guarded(call, arguments, client, digest(call, arguments), totals);
        if (rule == null) {
            return withoutRule(guarded, Objects.requireNonNull(round), tool);
        }
        boolean isAnswered = context.answers().containsKey(KEY);
        if (round == null || !round.approved() && !isAnswered) {
            return begin(guarded, rule.lifetime(), tool);
        }
        check(guarded, round);
        if (round.approved()) {
            return run(guarded, tool, new RoundContext(context, context.answers(), round.state()));
        }
        if (!isApproved(context)) {
            throw guarded.declined(person(context));
        }
        guarded.approved(person(context));
        return run(guarded, tool, new RoundContext(guarded.context()));
    }

    /**
     * Returns true if the request says that it continues a call that needs an approval. {@link
     * #call} refuses it if that is wrong.
     */
    public boolean continues(ToolCall call) {
        CallRound round = CallRound.of(call.context().state());
        return round != null
                && (round.approved() || call.context().answers().containsKey(KEY))
                && ruleFor(call.tool()) != null;
    }

    private static boolean isApproved(RequestContext context) {
        return ApprovalQuestion.isApproved(context.answers().get(KEY));
    }

    /** The rule was removed between two rounds: the handler begins, or goes on. */
    private static ToolOutcome withoutRule(Guarded guarded, CallRound round, ToolHandler tool)
            throws Exception {
        RequestContext context = guarded.context();
        if (round.approved()) {
            return tool.call(
                    new RoundContext(context, context.answers(), round.state()),
                    guarded.arguments());
        }
        if (context.answers().containsKey(KEY) && !isApproved(context)) {
            throw guarded.declined(person(context));
        }
        return tool.call(new RoundContext(context), guarded.arguments());
    }

    private ToolOutcome begin(Guarded guarded, Duration lifetime, ToolHandler tool)
            throws Exception {
        if (approver != null) {
            return decided(guarded, approver, tool);
        }
        if (!ApprovalQuestion.canBeAskedOf(guarded.context())) {
            throw cannotBeAsked(guarded);
        }
        InputRequest question = ApprovalQuestion.of(guarded.call().tool(), guarded.arguments());
        guarded.asked();
        if (guarded.context().version().isModern()) {
            return new InputRequired(Map.of(KEY, question), roundWith(guarded, lifetime).toJson());
        }
        long until = clock.millis() + lifetime.toMillis();
        ObjectNode answer;
        try {
            answer = guarded.context().ask(question);
        } catch (InputRefusedException e) {
            throw guarded.refused(String.valueOf(e.getMessage()));
        }
        if (clock.millis() > until) {
            throw guarded.refused("the approval came too late");
        }
        if (!ApprovalQuestion.isApproved(answer)) {
            throw guarded.declined(person(guarded.context()));
        }
        guarded.approved(person(guarded.context()));
        return run(guarded, tool, new RoundContext(guarded.context()));
    }

    private ToolOutcome decided(Guarded guarded, Approver service, ToolHandler tool)
            throws Exception {
        guarded.asked();
        Decision decision;
        try {
            decision = service.decide(guarded.call(), guarded.arguments(), guarded.digest());
        } catch (ApproverException e) {
            throw guarded.refused(String.valueOf(e.getMessage()));
        }
        if (!decision.approved()) {
            throw guarded.declined(decision.by());
        }
        guarded.approved(decision.by());
        return run(guarded, tool, new RoundContext(guarded.context()));
    }

    private static RuntimeException cannotBeAsked(Guarded guarded) {
        ToolCallRefusedException refused =
                guarded.refused(
                        "this client cannot be asked, because it does not declare the capability elicitation");
        if (!guarded.context().version().isModern()) {
            return refused;
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.putObject("requiredCapabilities").putObject("elicitation");
        return ErrorCode.MISSING_CLIENT_CAPABILITY.exception(
                String.valueOf(refused.getMessage()), data);
    }

    private ToolOutcome run(Guarded guarded, ToolHandler tool, RoundContext context)
            throws Exception {
        ToolOutcome outcome = tool.call(context, guarded.arguments());
        return outcome instanceof InputRequired input
                ? new InputRequired(input.requests(), roundAfter(guarded, input).toJson())
                : outcome;
    }

    /** Returns the round in which the client answers whether it approves the call. */
    private CallRound roundWith(Guarded guarded, Duration lifetime) throws InterruptedException {
        return new CallRound(
                issued(guarded, lifetime), guarded.digest(), until(lifetime), false, null);
    }

    /** Returns the round in which the client answers what the approved call has asked for. */
    private CallRound roundAfter(Guarded guarded, InputRequired input) throws InterruptedException {
        return new CallRound(
                issued(guarded, inputTimeout),
                guarded.digest(),
                until(inputTimeout),
                true,
                input.state());
    }

    private long until(Duration lifetime) {
        return clock.millis() + lifetime.toMillis();
    }

    /** Issues a token that can be taken once; returns "" if the client does not carry the state. */
    private String issued(Guarded guarded, Duration lifetime) throws InterruptedException {
        String token = "";
        if (guarded.context().version().isModern()) {
            token = unguessable();
            try {
                tokens.issue(guarded.client(), token, lifetime);
            } catch (UnavailableException e) {
                throw guarded.refused("Redis cannot be reached. Try again later");
            }
        }
        return token;
    }

    /**
     * Checks that the round belongs to this call, has not expired, and was not used before.
     *
     * @throws JsonRpcException {@code -32602} otherwise
     */
    private void check(Guarded guarded, CallRound round) throws InterruptedException {
        boolean valid =
                round.digest().equals(guarded.digest()) && clock.millis() <= round.untilMillis();
        if (valid && guarded.context().version().isModern()) {
            try {
                valid = tokens.take(guarded.client(), round.token());
            } catch (UnavailableException e) {
                throw guarded.refused("Redis cannot be reached. Try again later");
            }
        }
        if (!valid) {
            guarded.record(ApprovalOutcome.REFUSED, null, "invalid");
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Invalid params: the approval was used before, has expired, or belongs to another call. Make the call again without requestState");
        }
    }

    private static String person(RequestContext context) {
        return context.caller().name() + " (at the client)";
    }

    /** Returns a digest of the tool, the arguments, and all else that the tool gets. */
    private static String digest(ToolCall call, ObjectNode arguments) {
        ObjectNode bound = JsonNodeFactory.instance.objectNode();
        bound.setAll(call.context().params());
        bound.remove(ROUND);
        bound.set("arguments", arguments);
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.put("tool", call.name()).put("upstream", call.upstream());
        call.tool().aliases().forEach(all.putArray("aliases")::add);
        all.set("params", bound);
        return CanonicalJson.digest(all);
    }

    private String unguessable() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
