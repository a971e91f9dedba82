package io.springline.feature.result;

import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * A task of another server, as which the call continues there. Only for a call whose context has
 * allowed it, see {@code RequestContext#claimTask}.
 *
 * @param json the task as the client gets it, in the shape of 2026-07-28, without its outcome
 */
public record CreatedTask(ObjectNode json) implements ToolOutcome {

    public CreatedTask {
        Objects.requireNonNull(json, "json");
    }
}
