package io.springline.feature;

import java.util.Map;

/** Fills a prompt in. Runs on a virtual thread of its own and may block. */
@FunctionalInterface
public interface PromptHandler {

    /**
     * @param arguments all required ones are there
     */
    PromptOutcome get(RequestContext context, Map<String, String> arguments) throws Exception;
}
