package io.springline.feature;

import io.springline.feature.result.PromptOutcome;
import java.util.Map;

/** Renders a prompt. Runs on a virtual thread and may block. */
@FunctionalInterface
public interface PromptHandler {

    /**
     * @param arguments the arguments of the request; all required ones are present
     */
    PromptOutcome get(RequestContext context, Map<String, String> arguments) throws Exception;
}
