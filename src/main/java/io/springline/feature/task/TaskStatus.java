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

    /** Returns true if the task does not change any more. */
    public boolean isFinal() {
        return switch (this) {
            case WORKING, INPUT_REQUIRED -> false;
            case COMPLETED, FAILED, CANCELLED -> true;
        };
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
