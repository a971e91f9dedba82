package io.springline.feature.result;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * The outcome of a call that waits for an answer without a thread. Handlers return it only if
 * {@code RequestContext#acceptsPending} is true.
 *
 * @param answered completes when the answer has arrived, on the thread that has read it: with true
 *     if {@code rest} will not block and its outcome is small, otherwise with false
 * @param rest returns the outcome or throws what the handler would throw. To be called once. Blocks
 *     until the answer has arrived; the thread may be interrupted
 */
public record PendingOutcome(CompletableFuture<Boolean> answered, Callable<ToolOutcome> rest)
        implements ToolOutcome {

    /** Returns {@code outcome}; if it is pending, blocks until it is complete. */
    public static ToolOutcome await(ToolOutcome outcome) throws Exception {
        return outcome instanceof PendingOutcome pending ? pending.rest.call() : outcome;
    }

    /** Returns this outcome with another step at its end. */
    public PendingOutcome then(UnaryOperator<Callable<ToolOutcome>> step) {
        return new PendingOutcome(answered, step.apply(rest));
    }
}
