package io.springline.dispatch.task;

import io.springline.feature.task.Task;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.TaskChanged;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tasks whose handlers run on this node. Thread-safe. */
public final class RunningTasks {

    private static final Logger log = LoggerFactory.getLogger(RunningTasks.class);

    private final Map<String, RunningTask> byId = new ConcurrentHashMap<>();
    private final Tasks tasks;

    public RunningTasks(Tasks tasks) {
        this.tasks = tasks;
    }

    RunningTask start(Task created, Thread handler) {
        var running = new RunningTask(tasks, created, handler);
        byId.put(created.id(), running);
        return running;
    }

    void ended(RunningTask task) {
        byId.remove(task.task().id(), task);
    }

    /** Returns the tasks as this node has seen them last, oldest first. */
    public List<Task> all() {
        return byId.values().stream()
                .map(RunningTask::task)
                .sorted(Comparator.comparing(Task::createdAt))
                .toList();
    }

    /** Returns true if the outcome of a running task can be read after the end of the node. */
    public boolean areWorthWaitingFor() {
        return !byId.isEmpty() && tasks.outliveNode();
    }

    public int count() {
        return byId.size();
    }

    /** Starts reading a changed task again if it runs here. Does not block. */
    void on(Topic topic) {
        if (topic instanceof TaskChanged(_, var id)) {
            RunningTask running = byId.get(id);
            if (running != null) {
                Thread.startVirtualThread(() -> refresh(running));
            }
        }
    }

    /** Reads all tasks again, since a change may not have been announced here. */
    void sweep() {
        byId.values().forEach(RunningTasks::refresh);
    }

    private static void refresh(RunningTask running) {
        try {
            running.refresh();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("a task could not be read");
        }
    }

    /** Ends all tasks with this error, and interrupts their handlers. For the end of the node. */
    public void failAll(JsonRpcError error) throws InterruptedException {
        for (RunningTask each : byId.values()) {
            try {
                tasks.fail(each.task(), error);
                each.refresh();
            } catch (RuntimeException e) {
                log.atWarn().setCause(e).log("a task could not be failed");
            }
        }
    }
}
