package io.springline.feature.task;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps tasks until their lifetime ends. Methods block for a bounded time. Thread-safe.
 *
 * <p>All throw {@link UnavailableException} if the store cannot be reached.
 */
public interface TaskStore {

    /** The answer to {@link #add}. */
    enum Added {
        ADDED,
        /** The principal has as many unfinished tasks as it may have. */
        TOO_MANY_RUNNING,
        /** The principal has as many tasks as it may have, or the store is full. */
        TOO_MANY_STORED
    }

    /** The answer to {@link #replace}. */
    enum Replaced {
        REPLACED,
        /** The task has changed since it was read, or is gone. */
        STALE,
        /** The store has no room for the result. */
        FULL
    }

    /** The store cannot be reached. What was attempted may or may not have happened. */
    final class UnavailableException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        public UnavailableException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Returns the name of this node, as in {@link Task#node}. */
    String node();

    /** Returns false if the node is known to have ended. */
    boolean checkAlive(String node);

    /** Returns true if other nodes can read the tasks after this one has ended. */
    boolean outlivesNode();

    /** Adds a task. When this returns, every node can read it. */
    Added add(Task task) throws InterruptedException;

    /** Returns the task, or null if there is none of this id and principal. */
    @Nullable Task find(String principal, String id) throws InterruptedException;

    /** Returns those of the tasks that exist, by id. */
    Map<String, Task> find(String principal, Collection<String> ids) throws InterruptedException;

    /**
     * Returns a page of the principal's tasks, those first that expire first.
     *
     * @param after the id of the last task of the page before; null for the first page
     * @param limit entries of the page
     */
    List<Task> page(String principal, @Nullable String after, int limit)
            throws InterruptedException;

    /** Returns the unfinished tasks of a principal, in no order. */
    Collection<Task> unfinished(String principal) throws InterruptedException;

    /** Writes {@code after} if the stored task is still {@code before}. One atomic step. */
    Replaced replace(Task before, Task after) throws InterruptedException;

    /** Removes a task, if it exists. */
    void remove(Task task) throws InterruptedException;

    /** Removes what has expired. Called every second. */
    void sweep();
}
