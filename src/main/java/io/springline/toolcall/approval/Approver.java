package io.springline.toolcall.approval;

import io.springline.feature.ToolCall;
import tools.jackson.databind.node.ObjectNode;

/** Another service that approves calls in place of the person at the client. */
@FunctionalInterface
interface Approver {

    /**
     * @param by who has decided, for the audit log
     */
    record Decision(boolean approved, String by) {}

    /**
     * Blocks until the approver has decided.
     *
     * @param digest of the call with its arguments
     * @throws ApproverException if there is no decision in time
     */
    Decision decide(ToolCall call, ObjectNode arguments, String digest) throws InterruptedException;

    /** Thrown if the approver did not decide. */
    final class ApproverException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ApproverException(String message) {
            super(message, null, false, false);
        }
    }
}
