package io.springline.transport.drain;

import io.springline.dispatch.task.RunningTasks;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Waits for the tasks of this node if other nodes can show their outcome, and fails those that have
 * not ended in time.
 */
final class TaskDrain implements DrainParticipant {

    private static final JsonRpcError STOPPED =
            new JsonRpcError(
                    ErrorCode.INTERNAL_ERROR.code(),
                    "The node that ran the task was stopped. It is unknown how far the work is, and it is not run again",
                    JsonNodeFactory.instance.objectNode().put("reason", "draining"));

    private final RunningTasks tasks;

    TaskDrain(RunningTasks tasks) {
        this.tasks = tasks;
    }

    @Override
    public void leave() {}

    @Override
    public boolean isBusy() {
        return tasks.areWorthWaitingFor();
    }

    @Override
    public void fail() {
        try {
            tasks.failAll(STOPPED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
