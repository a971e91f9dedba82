package io.springline.dispatch.call;

import io.springline.feature.result.PendingOutcome;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The result of serving a request without an error. */
public sealed interface CallOutcome {

    /** A complete result, in the shape of the newest revision. */
    record Result(ObjectNode json) implements CallOutcome {}

    /**
     * A request for input from a modern client ({@code input_required}). It ends the request.
     *
     * @param state the {@code requestState}, or null for none
     */
    record Question(ObjectNode requests, @Nullable String state) implements CallOutcome {}

    /** The call continues as a task, which {@code json} describes. It ends the request. */
    record Continued(ObjectNode json) implements CallOutcome {}

    /**
     * The request is answered later: by an open subscription, by the parked handler that this
     * request resumed, or it was answered with a task.
     */
    record Later() implements CallOutcome {}

    /**
     * The request is answered with the outcome of {@code rest}, once {@code answered} is complete.
     * See {@link PendingOutcome}.
     */
    record Pending(CompletableFuture<Boolean> answered, Callable<CallOutcome> rest)
            implements CallOutcome {}
}
