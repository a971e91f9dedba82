package io.springline.feature.task;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tool whose call a task is.
 *
 * @param endpoint the name of the endpoint where the tool was called, empty for the main one; null
 *     if it was not recorded: tasks of nodes of an earlier version have none
 * @param names its name there, followed by all other names by which access rules match it
 */
public record TaskTool(@Nullable String endpoint, List<String> names) {

    public TaskTool {
        names = List.copyOf(names);
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a tool has a name");
        }
    }

    /** Returns the name by which the tool was called. */
    public String name() {
        return names.getFirst();
    }
}
