package io.springline.mcp;

import java.util.Objects;

/** What a client can ask to be told about. */
public sealed interface Topic {

    record ToolsChanged() implements Topic {}

    record PromptsChanged() implements Topic {}

    record ResourcesChanged() implements Topic {}

    /** The content behind one URI is new. */
    record ResourceUpdated(String uri) implements Topic {
        public ResourceUpdated {
            Objects.requireNonNull(uri, "uri");
        }
    }
}
