package io.springline.feature;

import io.springline.feature.result.ResourceOutcome;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a resource. Runs on a virtual thread and may block. */
@FunctionalInterface
public interface ResourceHandler {

    /**
     * @param variables the values of the template's variables; empty for a resource without
     *     template
     * @return null if there is no such resource
     */
    @Nullable ResourceOutcome read(
            RequestContext context, String uri, Map<String, String> variables) throws Exception;
}
