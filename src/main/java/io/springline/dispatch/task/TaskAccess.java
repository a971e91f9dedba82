package io.springline.dispatch.task;

import io.springline.feature.task.Task;
import io.springline.session.McpSession;

/** Decides who may use a task. */
@FunctionalInterface
public interface TaskAccess {

    /**
     * Returns true if the roles of the session's caller and the access rules, as they are now,
     * allow the tool of the task. Whose task it is, is not checked here.
     */
    boolean mayUse(McpSession session, Task task);
}
