package io.springline.dispatch.call;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What became of a request that was served without an error. */
public sealed interface CallOutcome {

    /** A complete result, in the shape of the newest revision. */
    record Result(ObjectNode json) implements CallOutcome {}

    /** A question to a modern client, which ends this request. */
    record Question(ObjectNode requests, @Nullable String state) implements CallOutcome {}

    /**
     * Somebody else answers: an open subscription, or the parked handler that this request woke.
     */
    record Later() implements CallOutcome {}
}
