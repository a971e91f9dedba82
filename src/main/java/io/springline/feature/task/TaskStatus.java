package io.springline.feature.task;

import java.util.Locale;

/**
 * The states of a task.
 *
 * <pre>
 * WORKING ◀──answers── INPUT_REQUIRED
 *    │  └────question──────▲   │
 *    └───────────┬─────────────┘
 *                ▼
 *   COMPLETED, FAILED or CANCELLED: final
 * </pre>
 */
public enum TaskStatus {
    WORKING,
    INPUT_REQUIRED,
    COMPLETED,
    FAILED,
    CANCELLED;

    /** Returns true if a task may move from this state to the other. The only such rule. */
    boolean canBecome(TaskStatus next) {
        return switch (this) {
            case WORKING, INPUT_REQUIRED -> true;
            case COMPLETED, FAILED, CANCELLED -> false;
        };
    }

    /** Returns true if the task does not change any more. */
    public boolean isFinal() {
        return !canBecome(WORKING);
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
