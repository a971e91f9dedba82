package io.springline.feature;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that one endpoint offers.
 *
 * @param instructions how to use this server, for the client's model; null for none
 */
public record Features(
        Tools tools,
        Resources resources,
        Prompts prompts,
        Completions completions,
        @Nullable String instructions) {

    public Features {
        Objects.requireNonNull(tools, "tools");
        Objects.requireNonNull(resources, "resources");
        Objects.requireNonNull(prompts, "prompts");
        Objects.requireNonNull(completions, "completions");
    }
}
