package io.springline.dispatch.task;

import io.springline.mcp.Topic;
import io.springline.mcp.Topic.TaskChanged;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;

/** The requests of this node that wait for changes of a task. Thread-safe. */
public final class TaskWaits {

    /** By the id of the task. */
    private final Map<String, Set<BlockingQueue<Boolean>>> waiting = new ConcurrentHashMap<>();

    /** Returns a queue that holds an element after a change, until {@link #end}. */
    BlockingQueue<Boolean> begin(String id) {
        BlockingQueue<Boolean> change = new ArrayBlockingQueue<>(1);
        waiting.compute(
                id,
                (_, all) -> {
                    Set<BlockingQueue<Boolean>> more =
                            all == null ? ConcurrentHashMap.newKeySet() : all;
                    more.add(change);
                    return more;
                });
        return change;
    }

    void end(String id, BlockingQueue<Boolean> change) {
        waiting.computeIfPresent(
                id,
                (_, all) -> {
                    all.remove(change);
                    return all.isEmpty() ? null : all;
                });
    }

    /** Returns the number of tasks for which a request waits. */
    int count() {
        return waiting.size();
    }

    /** Ends the waits for a changed task. Does not block. */
    void on(Topic topic) {
        if (topic instanceof TaskChanged(_, var id)) {
            waiting.getOrDefault(id, Set.of()).forEach(each -> each.offer(true));
        }
    }
}
