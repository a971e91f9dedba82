package io.springline.dispatch.call;

import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** The task as which a handler continues after its request has been answered. */
public interface CallTask {

    /**
     * Asks the client, and blocks until all questions are answered.
     *
     * @param questions the input requests, by keys
     * @return the answers by the same keys
     * @throws InterruptedException if the task has ended
     */
    Map<String, ObjectNode> ask(Map<String, ObjectNode> questions) throws InterruptedException;

    /** Shows clients how far the work is. Some messages are dropped if they follow fast. */
    void report(String message);

    /** Returns true if the task was cancelled or its lifetime is over. */
    boolean isCancelled();

    /** Runs {@code action} once when the task is cancelled; at once if it is already. */
    void onCancel(Runnable action);
}
