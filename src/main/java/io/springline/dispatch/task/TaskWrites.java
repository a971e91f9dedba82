package io.springline.dispatch.task;

import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Repeats writes while the task store cannot be reached. */
final class TaskWrites {

    /** Attempts, one per second. */
    private static final int ATTEMPTS = 60;

    private TaskWrites() {}

    interface Write {
        @Nullable Task run() throws InterruptedException;
    }

    /**
     * Runs the write until the store has been reached, for about a minute.
     *
     * @throws TaskStore.UnavailableException if the store could not be reached in this time
     */
    static @Nullable Task retry(Write write) throws InterruptedException {
        for (int i = 1; ; i++) {
            try {
                return write.run();
            } catch (TaskStore.UnavailableException e) {
                if (i == ATTEMPTS) {
                    throw e;
                }
                Thread.sleep(Duration.ofSeconds(1));
            }
        }
    }
}
