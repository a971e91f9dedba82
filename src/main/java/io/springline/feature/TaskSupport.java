package io.springline.feature;

import java.time.Duration;
import java.util.Objects;

/**
 * Whether calls of a tool may continue as a task, whose result the client fetches later. Only
 * clients that declare the tasks extension get tasks.
 *
 * @param after for {@link Mode#AUTO}, how long a call runs before it becomes a task
 */
public record TaskSupport(Mode mode, Duration after) {

    /** When a call becomes a task. */
    public enum Mode {
        /** Never: the client waits for the result. */
        NEVER,
        /** If the call has run for a while. */
        AUTO,
        /** At once. Clients that cannot take a task wait for the result. */
        ALWAYS,
        /** At once. Clients that cannot take a task get an error. */
        REQUIRED
    }

    public static final TaskSupport NEVER = new TaskSupport(Mode.NEVER, Duration.ZERO);
    public static final TaskSupport ALWAYS = new TaskSupport(Mode.ALWAYS, Duration.ZERO);
    public static final TaskSupport REQUIRED = new TaskSupport(Mode.REQUIRED, Duration.ZERO);

    public TaskSupport {
        Objects.requireNonNull(mode, "mode");
        if (after.isNegative()) {
            throw new IllegalArgumentException("after must not be negative, not " + after);
        }
    }

    public static TaskSupport auto(Duration after) {
        return new TaskSupport(Mode.AUTO, after);
    }
}
