package io.springline.mcp;

import java.util.Objects;

/** A change that clients can be notified of. */
public sealed interface Topic {

    record ToolsChanged() implements Topic {}

    record PromptsChanged() implements Topic {}

    record ResourcesChanged() implements Topic {}

    /** The content of a resource has changed. */
    record ResourceUpdated(String uri) implements Topic {
        public ResourceUpdated {
            Objects.requireNonNull(uri, "uri");
        }
    }

    /** A task of a principal has changed. */
    record TaskChanged(String principal, String taskId) implements Topic {
        public TaskChanged {
            Objects.requireNonNull(principal, "principal");
            Objects.requireNonNull(taskId, "taskId");
        }
    }
}
