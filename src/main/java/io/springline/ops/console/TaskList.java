package io.springline.ops.console;

import io.springline.dispatch.task.RunningTasks;
import io.springline.feature.task.Task;
import io.springline.feature.task.Tasks;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The unfinished tasks whose handlers run on this node. */
final class TaskList {

    /** More are counted only. */
    private static final int MAX_SHOWN = 200;

    /**
     * A task as the console shows it, without arguments and results.
     *
     * @param message how far the work is; null if unknown
     */
    record Entry(
            String id,
            String tool,
            String principal,
            String node,
            String state,
            @Nullable String message,
            Instant createdAt,
            Instant expiresAt) {

        private static Entry of(Task task) {
            return new Entry(
                    task.id(),
                    task.tool().name(),
                    task.principal(),
                    task.node(),
                    task.status().wireName(),
                    task.message(),
                    task.createdAt(),
                    task.expiresAt());
        }
    }

    /**
     * @param tasks the oldest ones first
     * @param total the number of unfinished tasks, which may be more than {@code tasks} has
     */
    record Shown(List<Entry> tasks, int total) {}

    private final RunningTasks running;
    private final Tasks tasks;

    TaskList(RunningTasks running, Tasks tasks) {
        this.running = running;
        this.tasks = tasks;
    }

    int count() {
        return running.count();
    }

    Shown shown() {
        List<Task> all = running.all();
        return new Shown(all.stream().limit(MAX_SHOWN).map(Entry::of).toList(), all.size());
    }

    /**
     * Cancels a task for its owner, and interrupts its handler.
     *
     * @return false if no such task runs on this node
     */
    boolean cancel(String id) throws InterruptedException {
        for (Task each : running.all()) {
            if (each.id().equals(id)) {
                return tasks.cancel(each.principal(), id) != null;
            }
        }
        return false;
    }
}
